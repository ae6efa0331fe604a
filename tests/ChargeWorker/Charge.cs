using System.Buffers;
using Npgsql;

namespace TaskQueue.ChargeWorker;

/// <summary>To be done exactly once for each card.</summary>
public sealed record Charge([property: IdempotencyKey] string Card);

/// <summary>The effect is a row.</summary>
public sealed class ChargeHandler(PostgreSqlUnitOfWork work, LastBreath last, Death death) : ITaskHandler<Charge>
{
    public async Task HandleAsync(Charge task, TaskContext context, CancellationToken cancellationToken)
    {
        last.Draw();
        var transaction = await work.BeginAsync(cancellationToken);
        death.At(DeathStep.AfterBegin);
        await using var command = new NpgsqlCommand("INSERT INTO effects (effect) VALUES ($1)", transaction.Connection, transaction) { Parameters = { new() { Value = task.Card } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
        death.At(DeathStep.AfterWrite);
    }
}

/// <summary>Runs around the handler: within the claim, before the commit.</summary>
public sealed class DeathMiddleware(Death death) : IConsumeMiddleware
{
    public async ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
    {
        death.At(DeathStep.AfterClaim);
        var outcome = await next(context, cancellationToken);
        death.At(DeathStep.BeforeMark);
        return outcome;
    }
}

/// <summary>Ends with the attempt's scope: after the commit, before the acknowledgement.</summary>
public sealed class LastBreath(Death death) : IDisposable
{
    private bool _isDrawn;

    public void Draw() => _isDrawn = true;

    public void Dispose()
    {
        if (_isDrawn)
        {
            death.At(DeathStep.AfterCommit);
        }
    }
}

/// <summary>Reads the task: before its key is taken.</summary>
public sealed class DeathSerializer(Death death) : ITaskSerializer
{
    private readonly ITaskSerializer _inner = TaskSerializers.Json;

    public string ContentType => _inner.ContentType;

    public void Serialize<TTask>(TTask task, IBufferWriter<byte> output)
        where TTask : notnull => _inner.Serialize(task, output);

    public TTask Deserialize<TTask>(ReadOnlyMemory<byte> body)
        where TTask : notnull
    {
        death.At(DeathStep.BeforeClaim);
        return _inner.Deserialize<TTask>(body);
    }

    public string? FindFault(Type taskType) => _inner.FindFault(taskType);
}
