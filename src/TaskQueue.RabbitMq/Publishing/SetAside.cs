namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// A channel that takes nothing more, since it has left a message without an answer for too long: it may be stuck as a whole. What it has in flight may yet be
/// confirmed. What is not, although the broker has answered for the same target elsewhere, has to go out again. Guarded by the publisher's gate.
/// </summary>
internal sealed class SetAside(ConfirmChannel channel)
{
    private const int LooksWhenEmpty = 10;

    // By target: how many looks ago the broker has answered for it on another channel.
    private readonly Dictionary<PublishTarget, int> _answered = [];
    private int _looks;

    public ConfirmChannel Channel { get; } = channel;

    /// <summary>Whether nothing more is to be heard on it: nobody waits for what it has sent, and it is answered for, or long ago.</summary>
    public bool IsDone => Channel.InFlight == 0 && (Channel.Unanswered.IsEmpty || _looks >= LooksWhenEmpty);

    public void Answered(PublishTarget target) => _answered.TryAdd(target, 0);

    /// <summary>At each look.</summary>
    public void Look()
    {
        _looks++;
        foreach (var target in _answered.Keys)
        {
            _answered[target]++;
        }
    }

    /// <summary>How many looks ago the broker has answered for a target; null if it has not.</summary>
    public int? LooksSinceAnswer(PublishTarget target) => _answered.TryGetValue(target, out var looks) ? looks : null;
}
