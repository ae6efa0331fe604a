using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Idempotency;
using TaskQueue.Tests.StoreSuites;

namespace TaskQueue.Tests.Idempotency;

/// <summary>Two pipelines of one process, which share the store and its clock: that of the first one, which is set.</summary>
public sealed class InMemoryWorkerClockTests : WorkerClockSuite
{
    private InMemoryIdempotencyStore? _store;

    protected override void UseStore(TaskQueueBuilder queue, TimeProvider clock) => queue.Services.AddSingleton<IIdempotencyStore>(_store ??= new InMemoryIdempotencyStore(clock));
}
