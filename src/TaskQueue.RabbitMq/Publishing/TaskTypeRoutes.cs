using System.Buffers;
using RabbitMQ.Client;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>What publishing one task type needs and never changes: its routing keys, encoded once, and the typed call to its serializer.</summary>
internal sealed class TaskTypeRoutes
{
    private static readonly TaskPriority[] Priorities = Enum.GetValues<TaskPriority>();

    private readonly CachedString[] _keys = new CachedString[(int)TaskPriority.Critical + 1];
    private readonly Action<object, IBufferWriter<byte>> _write;

    public TaskTypeRoutes(TaskTypeModel type)
    {
        foreach (var priority in Priorities)
        {
            _keys[(int)priority] = new CachedString(TopologyNames.Address(type.Name, priority));
        }

        var writer = typeof(Writer<>).MakeGenericType(type.ClrType).GetMethod(nameof(Writer<object>.Create))!;
        _write = (Action<object, IBufferWriter<byte>>)writer.Invoke(null, [type.Settings.Serializer])!;
    }

    public CachedString KeyOf(TaskPriority priority) => _keys[(int)priority];

    /// <summary>Writes the body.</summary>
    /// <exception cref="TaskSerializationException">The serializer failed.</exception>
    /// <exception cref="TaskTooLargeException">The body is over the limit.</exception>
    public PooledBody Write(PublishContext context, BodyPool bodies, int maxBodyBytes)
    {
        var body = bodies.Rent();
        try
        {
            _write(context.Payload, body);
        }
        catch (Exception exception)
        {
            body.Dispose();
            throw new TaskSerializationException(context.TaskId, context.TaskType, context.Envelope.ContentType, exception);
        }

        if (body.Length <= maxBodyBytes)
        {
            body.Fit();
            return body;
        }

        var length = body.Length;
        body.Dispose();
        throw new TaskTooLargeException(context.TaskId, context.TaskType, "body", length, maxBodyBytes, "Publisher.MaxBodyBytes");
    }

    private static class Writer<TTask>
        where TTask : notnull
    {
        public static Action<object, IBufferWriter<byte>> Create(ITaskSerializer serializer) => (task, output) => serializer.Serialize((TTask)task, output);
    }
}
