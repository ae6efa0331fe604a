using System.Text.RegularExpressions;
using Xunit;

namespace TaskQueue.ConventionTests;

/// <summary>What every store must pass is passed by every store.</summary>
public partial class StoreSuiteTests
{
    public static TheoryData<string> Stores =>
        [.. Repository.Files("src", "*.cs").SelectMany(path => StorePattern().Matches(Repository.Read(path))).Select(match => match.Groups[1].Value)];

    [Theory]
    [MemberData(nameof(Stores))]
    public void Every_idempotency_store_has_tests_that_derive_the_suite(string store) =>
        Assert.Contains(Repository.Files("tests", "*.cs").Select(Repository.Read), text => text.Contains(": IdempotencyStoreSuite", StringComparison.Ordinal) && text.Contains($"new {store}(", StringComparison.Ordinal));

    [GeneratedRegex(@"class (\w+)[^{;]*?: [^{;]*\bIIdempotencyStore\b")]
    private static partial Regex StorePattern();
}
