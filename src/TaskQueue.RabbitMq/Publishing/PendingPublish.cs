using System.Diagnostics;
using System.Threading.Tasks.Sources;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>Where a pending publish is.</summary>
internal enum PendingState
{
    /// <summary>In one of the publisher's queues.</summary>
    Waiting,

    /// <summary>On the channel: handed to the client, not confirmed.</summary>
    InFlight,

    /// <summary>Completed; the caller has or will have the result.</summary>
    Done,
}

/// <summary>
/// One publish from call to result: what the caller awaits, a link of the publisher's queue, and an entry of the channel's ring. Pooled
/// by its <see cref="MessagePublisher"/>, whose gate guards all fields; the caller's continuation runs on the pool, never on the client's reader.
/// </summary>
internal sealed class PendingPublish(MessagePublisher owner) : IValueTaskSource<PublishResult>
{
    private ManualResetValueTaskSourceCore<PublishResult> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancellation;
    private bool _cancellable;

    public OutgoingMessage Message { get; private set; } = null!;

    /// <summary>A timestamp of the publisher's clock.</summary>
    public long Deadline { get; private set; }

    /// <summary>The caller's span, for instrumentation of the client itself: another caller's thread may do the sending.</summary>
    public Activity? Span { get; private set; }

    public PendingState State { get; set; }

    /// <summary>The queue that it waits in.</summary>
    public PendingQueue? Queue { get; set; }

    /// <summary>The channel that it is in flight on.</summary>
    public ConfirmChannel? Channel { get; set; }

    /// <summary>Its number on the channel while in flight.</summary>
    public ulong Sequence { get; set; }

    /// <summary>Whether it ever reached the client: then its outcome is unknown without a confirm.</summary>
    public bool Sent { get; private set; }

    /// <summary>Whether a channel was lost or set aside that it was on before: what a later one says does not tell what became of it there.</summary>
    private bool SentBefore { get; set; }

    /// <summary>How often the broker closed a channel or connection for what may have been this message's fault. From one on it is sent singly.</summary>
    public int Strikes { get; set; }

    /// <summary>The broker's words when it came back (basic.return); the ack that follows ends it.</summary>
    public string? Returned { get; set; }

    public PendingPublish? Previous { get; set; }

    public PendingPublish? Next { get; set; }

    public short Version => _core.Version;

    public void Start(OutgoingMessage message, long deadline)
    {
        _core.Reset();
        Message = message;
        Deadline = deadline;
        Span = Activity.Current;
        State = PendingState.Waiting;
        Sent = SentBefore = false;
        Strikes = 0;
        Returned = null;
    }

    /// <summary>It goes onto a channel.</summary>
    public void Send(ConfirmChannel channel)
    {
        State = PendingState.InFlight;
        Channel = channel;
        SentBefore = Sent;
        Sent = true;
        Returned = null;
    }

    /// <summary>Called by the caller's thread, before it can await.</summary>
    public void CancelBy(CancellationToken cancellationToken)
    {
        _cancellable = cancellationToken.CanBeCanceled;
        if (_cancellable)
        {
            _cancellation = cancellationToken.UnsafeRegister(static (state, token) => ((PendingPublish)state!).Owner.Cancel((PendingPublish)state, token), this);
        }
    }

    private MessagePublisher Owner => owner;

    public void Complete(PublishResult result)
    {
        State = PendingState.Done;
        Channel = null;
        _core.SetResult(SentBefore ? result with { MayBeAccepted = true } : result);
    }

    public void CompleteCancelled(CancellationToken cancellationToken)
    {
        State = PendingState.Done;
        Channel = null;
        _core.SetException(new OperationCanceledException("The wait for the broker's confirm was cancelled; the task may have been published.", cancellationToken));
    }

    PublishResult IValueTaskSource<PublishResult>.GetResult(short token)
    {
        try
        {
            return _core.GetResult(token);
        }
        finally
        {
            // One whose cancellation callback may still come is left to the garbage collector: the callback would hit the next user.
            if (!_cancellable || _cancellation.Unregister())
            {
                Message = null!;
                Span = null;
                owner.Recycle(this);
            }
        }
    }

    ValueTaskSourceStatus IValueTaskSource<PublishResult>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<PublishResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
