using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskQueue.Handlers;
using TaskQueue.Idempotency;
using TaskQueue.Middleware;
using TaskQueue.Retry;
using TaskQueue.Telemetry;

namespace TaskQueue.Pipeline;

/// <summary>
/// The steps of every delivery, in order: the one list of them. Composed once for each task type, at start; a step that is off
/// for a type is not in its chain and costs nothing. A singleton.
/// </summary>
internal sealed class ConsumePipeline(
    IServiceScopeFactory scopes,
    TaskTracing tracing,
    TaskMetrics metrics,
    CurrentTask current,
    Randomness random,
    OverrunReporter overruns,
    UniqueStarts unique,
    IdempotencySteps idempotency,
    TimeProvider time,
    ILogger<ConsumePipeline> logger)
{
    private readonly FailureMiddleware _failure = new(random, time, logger);

    /// <summary>How a delivery ends when a step outside of the failure handling threw.</summary>
    public TaskOutcome Judge(TaskContext context, Exception error, CancellationToken abort) => _failure.Judge(context, error, abort);

    /// <summary>The chain of a task type's steps; each calls the next through one delegate, made here.</summary>
    public ConsumeDelegate Compose(TaskTypeModel type)
    {
        ConsumeDelegate next = static (_, _) => new(TaskOutcome.Returned);
        foreach (var step in StepsOf(type).Reverse())
        {
            next = Around(step.Middleware, next);
        }

        return next;
    }

    /// <summary>The steps of a task type, numbered, each with its purpose.</summary>
    public string Describe(TaskTypeModel type) =>
        string.Join(Environment.NewLine, StepsOf(type).Select((step, i) => $"{i + 1,2}. {step.Name}: {step.Purpose}"));

    private IEnumerable<ConsumeStep> StepsOf(TaskTypeModel type)
    {
        var (handler, settings) = (HandlerOf(type), type.Settings);
        yield return new("telemetry", "span, metrics and log scope", new TelemetryMiddleware(tracing, metrics, logger, time));
        yield return new("failure", $"a failure becomes a retry ({settings.Retry}; not after {DurationText.Of(settings.MaxAge)}) or a dead letter", _failure);
        yield return new("due time", "an early task waits, an expired one is a dead letter", new DueTimeMiddleware(time));
        yield return new("deserialize", "the body becomes the task, or a dead letter", new DeserializeMiddleware(handler, settings.Serializer));
        yield return new("unique", "a unique task that was replaced is discarded", new UniqueStartMiddleware(settings.Idempotency.WhenStoreIsAway, unique));
        if (settings.Idempotency.Enabled)
        {
            yield return new("idempotency", IdempotencySteps.Describe(settings.Idempotency), idempotency.CreateProtection(settings.Idempotency));
        }

        if (settings.Timeout != Timeout.InfiniteTimeSpan)
        {
            yield return new("timeout", $"the token is cancelled after {DurationText.Of(settings.Timeout)}", new TimeoutMiddleware(settings.Timeout, overruns, time));
        }

        if (settings.Resilience is { } configure)
        {
            yield return new("resilience", "the Polly pipeline; all below runs once for each try", ResilienceMiddleware.Create(type.Name, configure, time));
        }

        yield return new("scope", "services of its own for each try", new ScopeMiddleware(scopes, current, logger));
        if (idempotency.HasTransactions)
        {
            yield return new("commit", "the handler's transaction, if it used one, with the done mark", new CommitMiddleware(settings.Idempotency, time));
        }

        Type[] yours = [.. settings.Middleware.Where(typeof(IConsumeMiddleware).IsAssignableFrom)];
        foreach (var middleware in yours)
        {
            yield return new(middleware.Name, "yours", new UserMiddleware(middleware));
        }

        yield return new("handler", handler.HandlerType.Name, new HandlerMiddleware(handler, throws: yours.Length > 0));
    }

    private static HandlerInvoker HandlerOf(TaskTypeModel type) =>
        type.Handler ?? throw new InvalidOperationException($"The task type '{type.Name}' has no handler in this process, so it has no consume pipeline.");

    private static ConsumeDelegate Around(IConsumeMiddleware middleware, ConsumeDelegate next) =>
        (context, cancellationToken) => middleware.InvokeAsync(context, next, cancellationToken);
}
