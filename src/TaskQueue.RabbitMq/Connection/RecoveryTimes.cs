namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// Every pause and deadline between the broker's return and the moment when everything is published and consumed again, in one place, since what
/// counts is their sum: <see cref="Bound"/>, on each way there. A test adds them up; docs/operations.md shows the same table to users.
/// <list type="bullet">
/// <item>Nobody listened, or we were refused: one pause (<see cref="RabbitMqOptions.MaxReconnectDelay"/>), then <see cref="Work"/>. The worker, once
/// refused, asks again after <see cref="LongestHostPause"/> at most.</item>
/// <item>A node took the connection and says nothing: <see cref="NextTry"/> later another try begins beside it.</item>
/// <item>A connection has died without a word (half-open): <see cref="SilenceIn"/>, then a question and <see cref="Answer"/> for any reply.</item>
/// <item>A request has no answer on a connection that lives, since its queue has no leader: <see cref="LongestConsume"/> at most, then a short pause,
/// and again; only the channel is given up, so that one queue does not cost the others theirs.</item>
/// <item>A publish has no answer on a connection that lives: its exchange and routing key get a channel of their own, another one after <see cref="Unanswered"/>, and more after <see cref="LongestUnanswered"/> each; once one
/// is answered, what is stuck on earlier channels goes out again, <see cref="Grace"/> later. Each of these is seen at the next <see cref="Look"/>.</item>
/// </list>
/// </summary>
internal static class RecoveryTimes
{
    /// <summary>The promise: all this after the broker's return, with default settings.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    /// <summary>Allowed for the work itself: handshake, declarations, consumes. A worker of 20 task types needs 0.3 s of it on an idle broker.</summary>
    public static readonly TimeSpan Work = TimeSpan.FromSeconds(2);

    /// <summary>Dialling: before the first repetition; doubles, with jitter, up to <see cref="RabbitMqOptions.MaxReconnectDelay"/>.</summary>
    public static readonly TimeSpan FirstReconnectDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>Dialling: a random part of it passes before the first try after a loss, so that a fleet does not come back in one instant.</summary>
    public static readonly TimeSpan Spread = TimeSpan.FromMilliseconds(500);

    /// <summary>Dialling: a try without an answer for so long gets another one beside it, at the next node if there are several.</summary>
    public static readonly TimeSpan NextTry = TimeSpan.FromSeconds(3);

    /// <summary>Dialling: the tries of one round end together. Long, for a broker that is slow to log in; the tries beside it keep the bound.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromSeconds(12);

    /// <summary>Silence: how often it is looked at.</summary>
    public static readonly TimeSpan SilenceCheck = TimeSpan.FromMilliseconds(500);

    /// <summary>Silence: how long a question may stay without any byte in reply.</summary>
    public static readonly TimeSpan Answer = TimeSpan.FromSeconds(2);

    /// <summary>How long the broker may take to answer a request to consume, at first; then more, as it may be slow rather than without a leader.</summary>
    public static readonly TimeSpan Rpc = TimeSpan.FromSeconds(5);

    /// <summary>How long it may take at most. A request that was made just before the queue had its leader again may stay without an answer for ever.</summary>
    public static readonly TimeSpan LongestConsume = TimeSpan.FromSeconds(7);

    /// <summary>How long it may take to open a channel or to declare. Not on the way back: a peer that is gone shows by its silence, and what
    /// waits for a majority of the cluster is answered when that returns.</summary>
    public static readonly TimeSpan LongestRpc = TimeSpan.FromSeconds(20);

    /// <summary>Publishing: after a publishing channel could not be opened, or a step of topology failed.</summary>
    public static readonly TimeSpan PublishPause = TimeSpan.FromMilliseconds(200);

    /// <summary>Publishing: how often channels are looked at.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>Publishing: how long a message may be in flight before its channel is set aside. An election takes a second or two.</summary>
    public static readonly TimeSpan Unanswered = TimeSpan.FromSeconds(3);

    /// <summary>Publishing: how long a channel that serves one target alone may be without an answer before another one asks: this long three times, after <see cref="Unanswered"/> for the first.
    /// Then ever longer, since the broker answers those who wait for a queue without a leader as soon as it has one; what it may never answer is what was sent while a leader went.</summary>
    public static readonly TimeSpan LongestUnanswered = TimeSpan.FromSeconds(5);

    /// <summary>Publishing: the answer for what waited for the same leader on several channels comes at the same moment; so long it may take.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>Consuming: first pause before a queue is consumed again, and before a copy is sent again; doubles.</summary>
    public static readonly TimeSpan FirstQueuePause = TimeSpan.FromMilliseconds(200);

    /// <summary>Consuming: the longest such pause.</summary>
    public static readonly TimeSpan LongestQueuePause = TimeSpan.FromSeconds(3);

    /// <summary>Consuming: before the worker begins anew on a connection after a failure; doubles while the broker refuses it.</summary>
    public static readonly TimeSpan HostPause = TimeSpan.FromSeconds(1);

    /// <summary>Consuming: the longest such pause.</summary>
    public static readonly TimeSpan LongestHostPause = TimeSpan.FromSeconds(3);

    /// <summary>How long a connection may be silent before it is asked. The broker sends something every half heartbeat.</summary>
    public static TimeSpan SilenceIn(TimeSpan heartbeat) => heartbeat * 0.8;

    /// <summary>A time in looks.</summary>
    public static int LooksIn(TimeSpan time) => (int)(time / Look);

    /// <summary>The next pause of a sequence that doubles.</summary>
    public static TimeSpan Longer(TimeSpan pause, TimeSpan longest) => pause * 2 < longest ? pause * 2 : longest;
}
