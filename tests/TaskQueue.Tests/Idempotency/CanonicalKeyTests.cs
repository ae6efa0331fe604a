using System.Security.Cryptography;
using System.Text;
using TaskQueue.Idempotency;
using Xunit;

namespace TaskQueue.Tests.Idempotency;

public sealed class CanonicalKeyTests
{
    public static TheoryData<string> StoredAsTheyAre => ["a", " ", "order:7", "{a}", "'\"\\", "é", "🙂", "sha256:0", new string('k', 200), string.Concat(Enumerable.Repeat("🙂", 50))];

    [Theory]
    [MemberData(nameof(StoredAsTheyAre))]
    public void A_key_that_every_store_can_hold_is_left_alone(string key) => Assert.Same(key, CanonicalKey.Of(key));

    public static TheoryData<string> Hashed => [new string('k', 201), new string('ä', 101), string.Concat(Enumerable.Repeat("🙂", 51)), "a\nb", "\0", "\u007F", "a\u0085", new string('k', 100_000)];

    [Theory]
    [MemberData(nameof(Hashed))]
    public void A_key_that_is_too_long_or_has_control_characters_becomes_the_hash_of_its_utf_8(string key)
    {
        var canonical = CanonicalKey.Of(key);

        Assert.Equal("sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))), canonical);
        Assert.Same(canonical, CanonicalKey.Of(canonical));
    }

    [Fact]
    public void Broken_text_has_keys_of_its_own()
    {
        string[] keys = ["a\uD800", "a\uD801", "a\uDC00", "\uD800a", "a\uFFFD", "a"];

        Assert.Equal(keys.Length, keys.Select(CanonicalKey.Of).Distinct().Count());
        Assert.All(keys.Take(5), key => Assert.StartsWith("sha256:", CanonicalKey.Of(key), StringComparison.Ordinal));
    }
}
