using TaskQueue.RabbitMq.Consuming;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Consuming;

/// <summary>
/// Deliveries of one channel, settled by several threads in random order while they still come in and the timer ticks, and held against the broker's rules: a frame that names a tag
/// which is settled closes the channel there, as when two frames overtake each other between the batcher and the client.
/// </summary>
public sealed class AckBatcherChaosTests
{
    private const int Rounds = 40;
    private const int Messages = 300;
    private const int Handlers = 4;
    private const int Disorder = 24;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Threads_that_settle_in_any_order_have_every_delivery_acknowledged_once_and_no_frame_overtakes_another(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var broker = new Broker(random.Next());
            using var acks = new AckBatcher(broker, prefetch: 32, concurrency: Handlers, TimeProvider.System);
            var messages = Enumerable.Range(1, Messages).Select(tag => new Message((ulong)tag)).ToArray();
            Message[] order = [.. messages.OrderBy(message => (int)message.Tag + random.Next(Disorder))];
            var (delivered, next) = (0UL, -1);
            var handlers = Enumerable.Range(0, Handlers).Select(_ => OnItsOwnThread(Handle)).ToArray();
            foreach (var message in messages)
            {
                broker.Deliver(message.Tag);
                acks.Register(message);
                Volatile.Write(ref delivered, message.Tag);
            }

            await Task.WhenAll(handlers).WaitAsync(Limit, TestContext.Current.CancellationToken);
            await acks.WhenEmptyAsync().WaitAsync(Limit, TestContext.Current.CancellationToken);
            broker.AssertAcknowledgedOnce(Messages);

            void Handle()
            {
                for (var i = Interlocked.Increment(ref next); i < Messages; i = Interlocked.Increment(ref next))
                {
                    SpinWait.SpinUntil(() => Volatile.Read(ref delivered) >= order[i].Tag);
                    broker.Finish(order[i].Tag);
                    acks.Ack(order[i]);
                }
            }
        }
    }

    private static Task OnItsOwnThread(Action run) => Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private sealed class Message(ulong tag) : Unsettled(tag);

    /// <summary>Notes what is wrong instead of throwing, as it is also called by the timer.</summary>
    private sealed class Broker(int seed) : IAcknowledger
    {
        private readonly Lock _gate = new();
        private readonly SortedSet<ulong> _outstanding = [];
        private readonly HashSet<ulong> _finished = [];
        private readonly List<string> _faults = [];
        private readonly Random _random = new(seed);
        private ulong _lastMultiple;
        private int _acknowledged;

        public void Deliver(ulong tag)
        {
            lock (_gate)
            {
                _outstanding.Add(tag);
            }
        }

        public void Finish(ulong tag)
        {
            lock (_gate)
            {
                _finished.Add(tag);
            }
        }

        public void Ack(ulong tag, bool multiple)
        {
            Dawdle();
            lock (_gate)
            {
                Require(_outstanding.Contains(tag), $"{tag} is settled already");
                Require(!multiple || tag > _lastMultiple, $"{tag}* comes after {_lastMultiple}*");
                List<ulong> covered = multiple ? [.. _outstanding.GetViewBetween(0, tag)] : [tag];
                Require(covered.TrueForAll(_finished.Contains), $"{tag} takes one along that is not finished");
                _acknowledged += covered.Count(_outstanding.Remove);
                _lastMultiple = multiple ? tag : _lastMultiple;
            }
        }

        public void Nack(ulong tag, bool multiple) => throw new NotSupportedException();

        public void Reject(ulong tag) => throw new NotSupportedException();

        public void Refuse(ulong tag) => throw new NotSupportedException();

        public void AssertAcknowledgedOnce(int messages)
        {
            lock (_gate)
            {
                Assert.Empty(_faults);
                Assert.Equal(messages, _acknowledged);
            }
        }

        // Gives another thread the chance to overtake this one.
        private void Dawdle()
        {
            bool yields;
            lock (_gate)
            {
                yields = _random.Next(2) == 0;
            }

            if (yields)
            {
                Thread.Yield();
            }
        }

        private void Require(bool holds, string fault)
        {
            if (!holds)
            {
                _faults.Add(fault);
            }
        }
    }
}
