using System.Threading.Tasks.Sources;
using TaskQueue.RabbitMq.Publishing;

namespace TaskQueue.RabbitMq.Tests.Publishing;

/// <summary>Stands where the publisher would be: encodes each message as a channel does, and holds it until the test says how it ended. One at a time; allocates nothing for it.</summary>
internal sealed class HeldPublisher : IMessagePublisher, IValueTaskSource<PublishResult>
{
    private readonly MessageEncoder _encoder = new(32 * 1024, frameMax: 128 * 1024);
    private ManualResetValueTaskSourceCore<PublishResult> _core;

    /// <summary>The body of the last message, where the client would read it.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    public ValueTask<PublishResult> PublishAsync(OutgoingMessage message, TimeSpan deadline, CancellationToken cancellationToken)
    {
        _core.Reset();
        Body = message.Body;
        return _encoder.Encode(message) is { } fault ? new(fault) : new(this, _core.Version);
    }

    public void End(PublishStatus status) => _core.SetResult(status == PublishStatus.Confirmed ? PublishResult.Confirmed : new PublishResult(status));

    public void Cancel() => _core.SetException(new OperationCanceledException());

    PublishResult IValueTaskSource<PublishResult>.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<PublishResult>.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource<PublishResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);
}
