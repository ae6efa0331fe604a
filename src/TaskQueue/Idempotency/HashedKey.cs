namespace TaskQueue.Idempotency;

/// <summary>A key with its hash: of one that is kept, the texts need not be read once more.</summary>
internal readonly struct HashedKey(IdempotencyKey key) : IEquatable<HashedKey>
{
    private readonly IdempotencyKey _key = key;
    private readonly int _hash = key.GetHashCode();

    public bool Equals(HashedKey other) => _hash == other._hash && _key == other._key;

    public override bool Equals(object? obj) => obj is HashedKey other && Equals(other);

    public override int GetHashCode() => _hash;
}
