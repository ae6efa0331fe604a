using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace TaskQueue.Idempotency;

/// <summary>
/// Brings an idempotency key into the form that every store can hold: at most 200 bytes of UTF-8 without control characters. What is otherwise becomes
/// <c>sha256:</c> and the 64 hexadecimal digits of SHA-256 over its UTF-8. The form of a form is itself.
/// </summary>
internal static class CanonicalKey
{
    public const int MaxBytes = 200;

    private const string Prefix = "sha256:";

    public static string Of(string key) => IsCanonical(key) ? key : Prefix + Convert.ToHexStringLower(Hash(key));

    private static bool IsCanonical(string key)
    {
        // UTF-8 takes one byte to three for a char, and one for each of the usual key's.
        if (key.Length > MaxBytes)
        {
            return false;
        }

        return !key.AsSpan().ContainsAnyExceptInRange(' ', '~') || (!HasControl(key) && IsWellFormed(key) && Encoding.UTF8.GetByteCount(key) <= MaxBytes);
    }

    private static bool HasControl(string key)
    {
        foreach (var character in key)
        {
            if (char.IsControl(character))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWellFormed(string key)
    {
        foreach (var rune in key.EnumerateRunes())
        {
            // A lone surrogate is read as one; a replacement character that was written is harmless, and hashed as well.
            if (rune == Rune.ReplacementChar)
            {
                return false;
            }
        }

        return true;
    }

    // UTF-8 has no form for a lone surrogate, and would make all of them one.
    private static byte[] Hash(string key) =>
        SHA256.HashData(IsWellFormed(key) ? Encoding.UTF8.GetBytes(key) : MemoryMarshal.AsBytes(key.AsSpan()));
}
