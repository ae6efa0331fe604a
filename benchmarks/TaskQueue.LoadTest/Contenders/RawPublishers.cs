using RabbitMQ.Client;

namespace TaskQueue.LoadTest.Contenders;

/// <summary>Publishers with a connection each.</summary>
internal sealed class RawPublishers : IAsyncDisposable
{
    private readonly List<(IConnection Connection, RawPublisher Publisher)> _all = [];

    public static async Task<RawPublishers> OpenAsync(ConnectionFactory factory, int publishers, string queue)
    {
        var opened = new RawPublishers();
        while (opened._all.Count < publishers)
        {
            var connection = await factory.CreateConnectionAsync();
            opened._all.Add((connection, await RawPublisher.OpenAsync(connection, queue, new RawSafety())));
        }

        return opened;
    }

    public ValueTask PublishAsync(int publisher, LoadTask task) => _all[publisher].Publisher.PublishAsync(task);

    public async ValueTask DisposeAsync()
    {
        foreach (var (connection, publisher) in _all)
        {
            publisher.Dispose();
            await connection.CloseAsync();
            await connection.DisposeAsync();
        }
    }
}
