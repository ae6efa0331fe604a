using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Health;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Connection;

public sealed class BrokerConnectionTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private static readonly CancellationToken NoToken = CancellationToken.None;

    [Fact]
    public async Task It_connects_on_first_use_and_knows_the_brokers_version()
    {
        await using var connection = Connect(host.AmqpUri);
        Assert.Null(connection.Current);

        var epoch = await connection.GetAsync(NoToken);

        Assert.Equal(1, epoch.Number);
        Assert.Equal(host.Broker.ServerVersion, epoch.BrokerVersion);
        Assert.Same(epoch, connection.Current);
        Assert.Same(epoch, await connection.GetAsync(NoToken));
    }

    [Fact]
    public async Task A_lost_connection_ends_its_epoch_and_starts_another()
    {
        using var proxy = host.StartProxy();
        await using var connection = Connect(host.AddressThrough(proxy));
        var first = await connection.GetAsync(NoToken);

        proxy.Cut();

        await Eventually.TrueAsync(() => first.Lost.IsCancellationRequested, "the first epoch to end");
        Assert.NotNull(first.LostReason);
        Assert.Equal(2, (await connection.GetAsync(NoToken)).Number);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.OpenChannelAsync(new CreateChannelOptions(false, false), NoToken));
    }

    [Fact]
    public async Task An_abandoned_epoch_ends_at_once_and_leaves_no_connection_behind()
    {
        await using var own = await VirtualHost.CreateAsync(host.Broker);
        await using var connection = Connect(own.AmqpUri, name: "abandoned");
        var first = await connection.GetAsync(NoToken);

        first.Abandon(new TimeoutException("It did not answer."));

        Assert.True(first.Lost.IsCancellationRequested);
        Assert.Equal(2, (await connection.GetAsync(NoToken)).Number);
        await Eventually.EqualAsync(1, async () => (await own.Management.GetConnectionsAsync(own.Name)).Count(open => open.UserProvidedName == "abandoned"), "the number of connections");
    }

    [Fact]
    public async Task A_broker_that_is_away_is_waited_for()
    {
        using var proxy = host.CreateProxy();
        await using var connection = Connect(host.AddressThrough(proxy));
        var waiting = connection.GetAsync(NoToken).AsTask();
        await Eventually.TrueAsync(() => connection.LastError is not null, "the first try to fail");
        Assert.False(waiting.IsCompleted);

        proxy.Start();

        Assert.Equal(1, (await waiting).Number);
        Assert.Null(connection.LastError);
    }

    [Fact]
    public async Task A_wait_for_the_broker_ends_with_its_token_and_others_go_on()
    {
        using var proxy = host.CreateProxy();
        await using var connection = Connect(host.AddressThrough(proxy));
        using var impatient = new CancellationTokenSource();
        var first = connection.GetAsync(impatient.Token).AsTask();
        var second = connection.GetAsync(NoToken).AsTask();

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        proxy.Start();

        Assert.Equal(1, (await second).Number);
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_costs_the_connection()
    {
        var time = new FakeTimeProvider();
        using var proxy = host.StartProxy();
        await using var connection = Connect(host.AddressThrough(proxy), time: time);
        var epoch = await connection.GetAsync(NoToken);
        proxy.Pause();

        var opening = epoch.OpenChannelAsync(new CreateChannelOptions(false, false), NoToken);
        time.Advance(RecoveryTimes.LongestRpc);

        await Assert.ThrowsAsync<TimeoutException>(() => opening);
        Assert.True(epoch.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_wrong_password_is_refused_at_once_with_all_that_is_needed_but_the_password()
    {
        await using var connection = Connect(host.Broker.AddressOf(host.Name, host.Broker.UserName, "hunter2"));

        var refusal = await Assert.ThrowsAsync<BrokerAccessException>(() => connection.GetAsync(NoToken).AsTask());

        Assert.Contains($"user '{host.Broker.UserName}'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("refuses the login", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"{host.AmqpUri.Host}:{host.AmqpUri.Port}", refusal.Endpoint, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_virtual_host_is_named()
    {
        await using var connection = Connect(host.Broker.AddressOf("no-such-host", host.Broker.UserName, host.Broker.Password));

        var refusal = await Assert.ThrowsAsync<BrokerAccessException>(() => connection.GetAsync(NoToken).AsTask());

        Assert.Contains("virtual host 'no-such-host'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("refuses the virtual host", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_virtual_host_that_the_user_may_not_enter_is_named_and_a_cure_on_the_broker_is_picked_up()
    {
        await using var closed = await VirtualHost.CreateAsync(host.Broker);
        var name = (await host.CreateUserAsync(UserPermissions.All)).UserInfo.Split(':')[0];
        await using var connection = Connect(host.Broker.AddressOf(closed.Name, name, name));
        var refusal = await Assert.ThrowsAsync<BrokerAccessException>(() => connection.GetAsync(NoToken).AsTask());
        Assert.Contains($"virtual host '{closed.Name}', user '{name}'", refusal.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<BrokerAccessException>(() => connection.GetAsync(NoToken).AsTask());

        await host.Management.SetPermissionsAsync(closed.Name, name, UserPermissions.All);

        await Eventually.TrueAsync(() => connection.Current is not null, "the connection to open");
        Assert.Equal(1, (await connection.GetAsync(NoToken)).Number);
    }

    [Fact]
    public async Task After_its_end_it_gives_no_connection_even_to_those_who_waited()
    {
        using var proxy = host.CreateProxy();
        var connection = Connect(host.AddressThrough(proxy));
        var waiting = connection.GetAsync(NoToken).AsTask();

        await connection.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => connection.GetAsync(NoToken).AsTask());
    }

    private static BrokerConnection Connect(Uri uri, string name = "tests", TimeProvider? time = null)
    {
        var options = new RabbitMqOptions { Uri = uri, MaxReconnectDelay = TimeSpan.FromMilliseconds(200) };
        var health = new HealthMonitor(options, TimeProvider.System).Publish;
        return new(name, options, time ?? TimeProvider.System, () => 0.5, health, new StopBudget(TimeProvider.System), NullLogger<BrokerConnection>.Instance);
    }
}
