using System.Text.RegularExpressions;
using Xunit;

namespace TaskQueue.ConventionTests;

/// <summary>What every store must pass is passed by every store.</summary>
public partial class StoreSuiteTests
{
    /// <summary>Store, and the suite of what it promises.</summary>
    public static TheoryData<string, string> Stores =>
        [.. Repository.Files("src", "*.cs").SelectMany(path => StorePattern().Matches(Repository.Read(path))).SelectMany(match => SuitesOf(match.Groups[2].Value).Select(suite => (match.Groups[1].Value, suite)))];

    [Theory]
    [MemberData(nameof(Stores))]
    public void Every_store_has_tests_that_derive_its_suite(string store, string suite) =>
        Assert.Contains(Repository.Files("tests", "*.cs").Select(Repository.Read), text => text.Contains($": {suite}", StringComparison.Ordinal) && text.Contains(store, StringComparison.Ordinal));

    private static string[] SuitesOf(string contract) => contract == "IdempotencyStore" ? ["IdempotencyStoreSuite", "WorkerClockSuite"] : [contract + "Suite"];

    [GeneratedRegex(@"class (\w+)[^{;]*?: [^{;]*\bI(IdempotencyStore|UniqueTaskStore)\b")]
    private static partial Regex StorePattern();
}
