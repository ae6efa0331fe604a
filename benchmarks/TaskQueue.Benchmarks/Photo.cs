namespace TaskQueue.Benchmarks;

/// <summary>The task of all benchmarks: about 256 bytes as MessagePack.</summary>
/// <param name="Id">A number.</param>
/// <param name="Url">A short text.</param>
/// <param name="Caption">A longer one.</param>
public sealed record Photo(long Id, string Url, string Caption)
{
    internal static Photo Sample { get; } = new(42, "https://example.com/photos/42.jpg", new string('x', 180));
}
