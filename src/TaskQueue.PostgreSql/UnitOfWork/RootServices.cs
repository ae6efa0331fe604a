namespace TaskQueue.PostgreSql.UnitOfWork;

/// <summary>The services outside of every scope, to tell a scope's from them. Made by a singleton's factory, which gets no others.</summary>
internal sealed record RootServices(IServiceProvider Provider);
