using System.ComponentModel;
using Xunit;

namespace TaskQueue.Tests.Support;

/// <summary>
/// The Redis and the PostgreSQL of a test run, which many tests share: each uses keys, or a schema, of its own. <c>eng/stores.sh env</c> starts them and names them in
/// <c>TASKQUEUE_REDIS</c> and <c>TASKQUEUE_POSTGRESQL</c>. And servers of a test's own, to be killed and suspended: by the programs of this machine
/// (<c>TASKQUEUE_REDIS_SERVER</c>, <c>TASKQUEUE_POSTGRESQL_BIN</c>), else by Docker.
/// <para>Where there is none, a test is skipped with that reason as soon as it asks; in CI (<c>CI=true</c>) it fails instead.</para>
/// </summary>
public static class StoreServers
{
    /// <summary>Address of the shared Redis, as StackExchange.Redis takes it.</summary>
    public static string Redis => Setting("TASKQUEUE_REDIS") ?? throw Missing("Redis");

    /// <summary>Whether there is a shared PostgreSQL; in CI always, so that its absence fails.</summary>
    public static bool HasPostgreSql => BrokerFixture.RunsInCi || Setting("TASKQUEUE_POSTGRESQL") is not null;

    /// <summary>Address of the shared PostgreSQL, as Npgsql takes it. Its user may do everything.</summary>
    public static string PostgreSql => Setting("TASKQUEUE_POSTGRESQL") ?? throw Missing("PostgreSQL");

    /// <summary>Whether servers of a test's own reach each other at 127.0.0.1, as programs do and containers do not.</summary>
    public static bool RedisServersReachEachOther => Setting("TASKQUEUE_REDIS_SERVER") is not null;

    /// <summary>Starts a Redis that forgets nothing when it is killed (appendfsync always). Takes about 100 ms.</summary>
    /// <param name="arguments">More of its arguments, such as <c>--requirepass</c> and a password.</param>
    public static async Task<StoreServer> StartRedisAsync(params string[] arguments)
    {
        var port = FreePorts.Take();
        string[] all = ["--port", $"{port}", "--appendonly", "yes", "--appendfsync", "always", "--save", "", .. arguments];
        if (Setting("TASKQUEUE_REDIS_SERVER") is not { } program)
        {
            await RequireDockerAsync("Redis").ConfigureAwait(false);
            return await StartAsync(new ContainerServer(port, $"127.0.0.1:{port}", StoreProbe.RedisAnswersAsync,
                ["--publish", $"127.0.0.1:{port}:{port}", Setting("TASKQUEUE_REDIS_IMAGE") ?? "redis:7", "redis-server", "--protected-mode", "no", .. all])).ConfigureAwait(false);
        }

        var folder = Directory.CreateTempSubdirectory("taskqueue-redis-").FullName;
        return await StartAsync(new ProgramServer(port, $"127.0.0.1:{port}", StoreProbe.RedisAnswersAsync, folder,
            [program, "--bind", "127.0.0.1", "--dir", folder, .. all])).ConfigureAwait(false);
    }

    /// <summary>Starts a PostgreSQL, with the user and the database <c>postgres</c>. Takes about 3 s, most of which goes into its files.</summary>
    /// <param name="settings">More of its settings, such as <c>max_connections=20</c>.</param>
    public static async Task<StoreServer> StartPostgreSqlAsync(params string[] settings)
    {
        var port = FreePorts.Take();
        var address = $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres";
        string[] all = [.. settings.SelectMany(setting => new[] { "-c", setting })];
        if (Setting("TASKQUEUE_POSTGRESQL_BIN") is not { } programs)
        {
            await RequireDockerAsync("PostgreSQL").ConfigureAwait(false);
            return await StartAsync(new ContainerServer(port, address, StoreProbe.PostgreSqlAnswersAsync,
                ["--publish", $"127.0.0.1:{port}:5432", "--env", "POSTGRES_HOST_AUTH_METHOD=trust", Setting("TASKQUEUE_POSTGRESQL_IMAGE") ?? "postgres:17", .. all])).ConfigureAwait(false);
        }

        // initdb makes the folder: it has to belong to the user that PostgreSQL runs as.
        var folder = Path.Combine(Path.GetTempPath(), $"taskqueue-postgresql-{Guid.CreateVersion7():N}");
        await UnprivilegedUser.RunAsync(UnprivilegedUser.Becoming(
            [Path.Combine(programs, "initdb"), "-D", folder, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"])).ConfigureAwait(false);
        return await StartAsync(new ProgramServer(port, address, StoreProbe.PostgreSqlAnswersAsync, folder, UnprivilegedUser.Becoming([Path.Combine(programs, "postgres"), "-D", folder, "-h", "127.0.0.1", "-p", $"{port}", "-k", "", .. all]))).ConfigureAwait(false);
    }

    private static async Task<StoreServer> StartAsync(StoreServer server)
    {
        try
        {
            await server.StartAsync().ConfigureAwait(false);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task RequireDockerAsync(string store)
    {
        try
        {
            await DockerCommand.RunAsync("version").ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException or TimeoutException)
        {
            throw Missing(store);
        }
    }

    private static string? Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } given ? given : null;

    private static InvalidOperationException Missing(string store)
    {
        var reason = $"This test needs a {store}. Run eng/test.sh, or first: eval \"$(eng/stores.sh env)\".";
        if (!BrokerFixture.RunsInCi)
            Assert.Skip(reason);
        return new InvalidOperationException(reason);
    }
}
