using Microsoft.Extensions.DependencyInjection;

namespace TaskQueue.PostgreSql.Idempotency;

/// <summary>Our store among those that are registered: the last one is used.</summary>
internal sealed record IdempotencyRegistration(ServiceDescriptor Store)
{
    public bool IsLast(IServiceCollection services) => ReferenceEquals(Store, services.LastOrDefault(service => service.ServiceType == typeof(IIdempotencyStore)));
}
