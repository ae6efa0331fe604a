using System.Text;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue;

/// <summary>
/// Exports all exchanges, queues and bindings that this process needs, the delay line and <see cref="RabbitMqOptions.Topology"/> included, as a
/// RabbitMQ definitions file: for operators who create them beforehand, so that workers run with <see cref="TopologyMode.Verify"/> and without
/// the permission to configure. A singleton service of every process that calls <c>UseRabbitMq</c>.
/// </summary>
/// <remarks>
/// Import it at boot (<c>definitions.import_backend = local_filesystem</c>, <c>definitions.local.path</c>), with <c>rabbitmqctl
/// import_definitions</c>, or in the management UI; what exists already stays as it is. The file names its virtual host and no user: a blank
/// broker that imports definitions at boot creates no default user, so add users and permissions in a second file or with <c>rabbitmqctl</c>.
/// It holds the task types with handlers or settings in this process: export from the worker, or merge the files of several.
/// </remarks>
public sealed class TopologyDefinitions
{
    private readonly TaskModel _model;
    private readonly RabbitMqOptions _options;

    internal TopologyDefinitions(TaskModel model, RabbitMqOptions options)
    {
        _model = model;
        _options = options;
    }

    /// <summary>The definitions file as text.</summary>
    /// <returns>JSON, indented, in a stable order, so that it may be kept under version control.</returns>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        Write(stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Writes the definitions file, UTF-8 without a byte order mark.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="cancellationToken">Ends the write.</param>
    /// <returns>When it is written and flushed.</returns>
    public async Task WriteAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(ToJson()), cancellationToken).ConfigureAwait(false);
        await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private void Write(Stream stream)
    {
        var plan = new TopologyPlanner(new TopologyNames(_options.Prefix)).Everything(_model.Known, _options.Topology);
        DefinitionsFile.Write(stream, plan, BrokerAddress.Of(_options).VirtualHost);
    }
}
