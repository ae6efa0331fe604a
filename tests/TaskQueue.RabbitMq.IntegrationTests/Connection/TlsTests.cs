using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Health;
using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Connection;

/// <summary>A broker with a private authority that asks every client for a certificate.</summary>
[Trait("Broker", "Newest")]
public sealed class TlsTests(TlsBroker broker) : IClassFixture<TlsBroker>
{
    private static readonly CancellationToken NoToken = CancellationToken.None;

    [Fact]
    public async Task A_task_runs_end_to_end_with_a_private_authority_and_a_certificate()
    {
        using var own = broker.Authority.IssueForClient("a worker");
        var certificate = broker.Authority.Write("worker.pem", own.ExportCertificatePem());
        var key = broker.Authority.Write("worker.key", TestAuthority.KeyOf(own));
        await using var worker = await TestWorker.StartAsync(broker.AmqpsUri, queue =>
        {
            queue.AddHandler<JobHandler>();
            queue.UseRabbitMq(rabbit =>
            {
                rabbit.Tls.AuthorityFile = broker.Authority.RootFile;
                rabbit.Tls.CertificateFile = certificate;
                rabbit.Tls.KeyFile = key;
            });
        });

        await worker.Publisher.PublishAsync(new Job("encrypted"));

        await worker.Script.WaitForEndedAsync(1);
        Assert.Contains(worker.Logs, line => line.Message.Contains("(TLS)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_broker_of_another_authority_is_refused_with_the_cure()
    {
        using var stranger = new TestAuthority("A stranger");
        var refusal = await RefusalAsync(tls => tls.AuthorityFile = stranger.RootFile);

        Assert.Contains("'CN=TaskQueue tests' is not trusted; 'Tls.AuthorityFile' does not hold the root", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_private_authority_is_not_trusted_by_itself()
    {
        var refusal = await RefusalAsync(tls => tls.AuthorityFile = null);

        Assert.Contains("name its authority's PEM file in 'Tls.AuthorityFile'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_of_another_name_is_refused_with_the_names_that_it_bears()
    {
        var refusal = await RefusalAsync(tls => tls.ServerName = "mq.example");

        Assert.Contains("it is for 'localhost', '127.0.0.1' and not for 'mq.example'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_certificate_is_refused_with_the_cure()
    {
        var refusal = await RefusalAsync(tls => tls.CertificateFile = null);

        Assert.Contains("'Tls.CertificateFile'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused_with_the_cure()
    {
        using var stranger = new TestAuthority("A stranger");
        using var own = stranger.IssueForClient("stranger");
        var file = stranger.Write("own.pem", TestAuthority.ToPem(own));
        var refusal = await RefusalAsync(tls => tls.CertificateFile = file);

        Assert.Contains("'Tls.CertificateFile'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_whose_time_is_over_is_refused_with_the_cure()
    {
        using var own = broker.Authority.IssueForClient("late", expired: true);
        var file = broker.Authority.Write("late.pem", TestAuthority.ToPem(own));
        var refusal = await RefusalAsync(tls => tls.CertificateFile = file);

        Assert.Contains("'Tls.CertificateFile'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_without_TLS_is_refused_with_the_cure()
    {
        var options = Options("plain.pem");
        options.Uri = new UriBuilder(broker.AmqpUri) { Scheme = "amqps" }.Uri;
        await using var connection = Connect(options);

        var refusal = await Assert.ThrowsAsync<BrokerAccessException>(() => connection.GetAsync(NoToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20)));

        Assert.Contains("Is this its TLS port", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_is_refused_does_not_start()
    {
        var worker = TestWorker.Create(broker.AmqpsUri, queue => queue.AddHandler<JobHandler>());

        await Assert.ThrowsAsync<BrokerAccessException>(worker.StartAsync);
        await worker.DisposeAsync();
    }

    [Fact]
    public async Task The_login_by_certificate_is_the_user_of_its_name()
    {
        await broker.CreateUserAsync("worker-1");
        await using var connection = Connect(LoginByCertificate("worker-1", "login.pem"));

        var epoch = await connection.GetAsync(NoToken);

        Assert.EndsWith("user by certificate", epoch.Endpoint, StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => (await broker.Management.GetConnectionsAsync("/")).Any(open => open.User == "worker-1"), "the connection of 'worker-1'");
    }

    [Fact]
    public async Task A_certificate_of_no_user_is_refused_with_the_cure()
    {
        await using var connection = Connect(LoginByCertificate("nobody", "nobody.pem"));

        var refusal = await Assert.ThrowsAsync<BrokerAccessException>(() => connection.GetAsync(NoToken).AsTask());

        Assert.Contains("refuses the login by certificate", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("rabbitmqctl clear_password", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rotated_certificate_is_used_at_the_next_connect()
    {
        await broker.CreateUserAsync("before");
        await broker.CreateUserAsync("after");
        await using var connection = Connect(LoginByCertificate("before", "rotated.pem"));
        var first = await connection.GetAsync(NoToken);

        // In between it is half written: that is waited out.
        broker.Authority.Write("rotated.pem", "-----BEGIN CERTIFICATE-----\nhalf a cert");
        first.Abandon(new TimeoutException("The test ends it."));
        await Eventually.TrueAsync(() => connection.LastError is not null and not TimeoutException, "a try with the broken file");
        using var next = broker.Authority.IssueForClient("after");
        broker.Authority.Write("rotated.pem", TestAuthority.ToPem(next));

        await connection.GetAsync(NoToken);
        await Eventually.TrueAsync(async () => (await broker.Management.GetConnectionsAsync("/")).Any(open => open.User == "after"), "the connection of 'after'");
    }

    private async Task<BrokerAccessException> RefusalAsync(Action<RabbitMqTlsOptions> change)
    {
        var options = Options($"{Guid.CreateVersion7():N}.pem");
        change(options.Tls);
        await using var connection = Connect(options);
        return await Assert.ThrowsAsync<BrokerAccessException>(() => connection.GetAsync(NoToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private RabbitMqOptions LoginByCertificate(string name, string file)
    {
        var options = Options(file, name);
        options.Tls.LoginByCertificate = true;
        return options;
    }

    private RabbitMqOptions Options(string file, string name = "tests")
    {
        using var own = broker.Authority.IssueForClient(name);
        var options = new RabbitMqOptions { Uri = broker.AmqpsUri };
        options.Tls.AuthorityFile = broker.Authority.RootFile;
        options.Tls.CertificateFile = broker.Authority.Write(file, TestAuthority.ToPem(own));
        return options;
    }

    private static BrokerConnection Connect(RabbitMqOptions options) =>
        new("tests", options, TimeProvider.System, () => 0.5, new HealthMonitor(options, TimeProvider.System).Publish, new StopBudget(TimeProvider.System), NullLogger<BrokerConnection>.Instance);
}
