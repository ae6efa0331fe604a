using System.Threading.Channels;

namespace TaskQueue.RabbitMq.Suspects;

/// <summary>Tells this worker's <see cref="SuspectLoop"/> that a suspect queue has got a task, so that it need not find out. A singleton; thread-safe, with one
/// listener at a time. What nobody has heard at a lost connection is found by the next loop, which looks into every queue.</summary>
internal sealed class SuspectBell
{
    private readonly Channel<string> _rings = Channel.CreateUnbounded<string>();

    public void Ring(string suspectQueue) => _rings.Writer.TryWrite(suspectQueue);

    /// <summary>Completes when it rings; a cancelled wait completes too.</summary>
    public Task WhenRungAsync(CancellationToken cancellationToken) => _rings.Reader.WaitToReadAsync(cancellationToken).AsTask();

    /// <summary>The queue that it has rung for, while there is one.</summary>
    public string? Take() => _rings.Reader.TryRead(out var queue) ? queue : null;
}
