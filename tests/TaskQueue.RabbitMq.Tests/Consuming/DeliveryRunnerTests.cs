using System.Collections;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Suspects;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Consuming;

public sealed class DeliveryRunnerTests
{
    [Fact]
    public async Task A_delivery_that_fails_outside_of_its_pipeline_is_counted_so_that_it_comes_to_an_end()
    {
        var broker = new RecordedAcks();
        var source = Deliveries.Source(channel: broker);
        var delivery = Deliveries.Of(source, properties: new BasicProperties { MessageId = "id", Type = "ship", Headers = new BrokenHeaders() });
        broker.Deliver(delivery.Tag);
        source.Acks.Register(delivery);

        // It gets neither to the executor nor to the settler.
        var judge = new CrashJudge(new SurvivedLosses(TimeProvider.System));
        await new DeliveryRunner(new EnvelopeReader(Deliveries.Model, new PublisherOptions()), judge, executor: null!, settler: null!, NullLogger<DeliveryRunner>.Instance).RunAsync(delivery);

        Assert.Equal(["reject 1"], broker.Frames);
    }

    /// <summary>Stands for a fault of ours: nothing that the client hands over throws.</summary>
    private sealed class BrokenHeaders : IDictionary<string, object?>
    {
        public ICollection<string> Keys => throw Error();

        public ICollection<object?> Values => throw Error();

        public int Count => throw Error();

        public bool IsReadOnly => throw Error();

        public object? this[string key] { get => throw Error(); set => throw Error(); }

        public void Add(string key, object? value) => throw Error();

        public void Add(KeyValuePair<string, object?> item) => throw Error();

        public void Clear() => throw Error();

        public bool Contains(KeyValuePair<string, object?> item) => throw Error();

        public bool ContainsKey(string key) => throw Error();

        public void CopyTo(KeyValuePair<string, object?>[] array, int arrayIndex) => throw Error();

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => throw Error();

        public bool Remove(string key) => throw Error();

        public bool Remove(KeyValuePair<string, object?> item) => throw Error();

        public bool TryGetValue(string key, out object? value) => throw Error();

        IEnumerator IEnumerable.GetEnumerator() => throw Error();

        private static InvalidOperationException Error() => new("broken");
    }
}
