using System.Numerics;

namespace TaskQueue.Idempotency;

/// <summary>
/// The effects that <see cref="InMemoryIdempotencyStore"/> remembers as done: the last ones, numbered in the order in which they were done. A hash table whose places are a ring. To forget the oldest
/// is to write over it: what still leads to it shows by its number that it is no more. So a task reads little that no processor's cache has. Not thread-safe.
/// </summary>
internal sealed class DoneEffects
{
    private readonly Effect[] _ring;

    // The number of the last effect of each.
    private readonly long[] _buckets;

    // From the capacity on, so that an empty bucket's 0 is a number of one that is forgotten.
    private long _last;

    /// <param name="capacity">How many are remembered, at least 1. All have their place from the start (7 MB for 100,000, of which what is not used is not touched): to grow would hold up all tasks for
    /// milliseconds, again and again.</param>
    public DoneEffects(int capacity)
    {
        _last = capacity;
        _ring = new Effect[capacity];
        // Twice as many at least, since each effect that shares one is one more place to look at.
        _buckets = new long[BitOperations.RoundUpToPowerOf2((uint)capacity * 2)];
    }

    public bool Contains(HashedKey key, long now) => Find(key) is { } number && Place(number).Until > now;

    /// <summary>Remembers until another time what that attempt has done.</summary>
    /// <returns>Whether it is known.</returns>
    public bool Keep(HashedKey key, long fencingToken, long now, long until)
    {
        if (Find(key) is not { } number || Place(number).FencingToken != fencingToken || Place(number).Until <= now)
        {
            return false;
        }

        Place(number).Until = until;
        return true;
    }

    /// <summary>Remembers one more. One with the same key, of which the time is over, is found no more.</summary>
    public void Add(HashedKey key, long fencingToken, long until)
    {
        ref var bucket = ref Bucket(key);
        Place(++_last) = new Effect { Key = key, FencingToken = fencingToken, Until = until, Before = bucket };
        bucket = _last;
    }

    private long? Find(HashedKey key)
    {
        for (var number = Bucket(key); number > _last - _ring.Length; number = Place(number).Before)
        {
            if (Place(number).Key.Equals(key))
            {
                return number;
            }
        }

        return null;
    }

    private ref long Bucket(HashedKey key) => ref _buckets[key.GetHashCode() & (_buckets.Length - 1)];

    private ref Effect Place(long number) => ref _ring[(ulong)number % (uint)_ring.Length];

    private struct Effect
    {
        public HashedKey Key;
        public long FencingToken;
        public long Until;

        /// <summary>The one that was the last of the bucket before.</summary>
        public long Before;
    }
}
