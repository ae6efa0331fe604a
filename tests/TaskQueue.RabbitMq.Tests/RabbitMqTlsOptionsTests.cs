using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.RabbitMq.Tests;

public sealed class RabbitMqTlsOptionsTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void Configuration_sets_all_that_a_file_can_say()
    {
        using var own = _authority.IssueForClient("worker");
        var pfx = _authority.PathOf("worker.pfx");
        File.WriteAllBytes(pfx, own.Export(X509ContentType.Pkcs12, "hunter2"));

        using var provider = Provider(queue => queue.UseRabbitMq(), new()
        {
            ["TaskQueue:RabbitMq:Uri"] = "amqps://mq1.example/orders",
            ["TaskQueue:RabbitMq:ClusterNodes:0"] = "mq2.example",
            ["TaskQueue:RabbitMq:ClusterNodes:1"] = "mq3.example:5673",
            ["TaskQueue:RabbitMq:Tls:AuthorityFile"] = _authority.RootFile,
            ["TaskQueue:RabbitMq:Tls:CertificateFile"] = pfx,
            ["TaskQueue:RabbitMq:Tls:CertificatePassword"] = "hunter2",
            ["TaskQueue:RabbitMq:Tls:ServerName"] = "mq.example",
            ["TaskQueue:RabbitMq:Tls:CheckRevocation"] = "true",
            ["TaskQueue:RabbitMq:Tls:LoginByCertificate"] = "true",
        });

        var described = provider.GetRequiredService<TaskQueueDescription>().Describe();
        Assert.Contains("ClusterNodes = mq2.example, mq3.example:5673 (configuration)", described, StringComparison.Ordinal);
        Assert.Contains($"Tls.AuthorityFile = {_authority.RootFile} (configuration)", described, StringComparison.Ordinal);
        Assert.Contains("Tls.CertificatePassword = set (configuration)", described, StringComparison.Ordinal);
        Assert.Contains("Tls.LoginByCertificate = True (configuration)", described, StringComparison.Ordinal);
        Assert.Contains("Tls.KeyFile = none (default)", described, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", described, StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_in_code_beat_those_in_the_configuration()
    {
        using var provider = Provider(queue => queue.UseRabbitMq(rabbit => rabbit.ClusterNodes.Add("mq2")), new() { ["TaskQueue:RabbitMq:ClusterNodes:0"] = "mq3" });

        Assert.Contains("ClusterNodes = mq2 (code)", provider.GetRequiredService<TaskQueueDescription>().Describe(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_way_to_hold_a_certificate_is_read()
    {
        using var own = _authority.IssueForClient("worker");
        var certificate = _authority.Write("worker.pem", own.ExportCertificatePem());
        var key = _authority.Write("worker.key", TestAuthority.KeyOf(own));
        var locked = _authority.Write("locked.key", own.GetRSAPrivateKey()!.ExportEncryptedPkcs8PrivateKeyPem("hunter2", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        var both = _authority.Write("both.pem", TestAuthority.ToPem(own));

        Assert.Empty(FaultsOf(tls => tls.CertificateFile = both));
        Assert.Empty(FaultsOf(tls => (tls.CertificateFile, tls.KeyFile) = (certificate, key)));
        Assert.Empty(FaultsOf(tls => (tls.CertificateFile, tls.KeyFile, tls.CertificatePassword) = (certificate, locked, "hunter2")));
        Assert.Empty(FaultsOf(tls => tls.Certificates = [own]));
    }

    [Fact]
    public void All_faults_come_in_one_error_without_the_password()
    {
        using var own = _authority.IssueForClient("worker");
        var faults = FaultsOf(
            tls =>
            {
                tls.AuthorityFile = _authority.Write("empty.pem", "nothing");
                tls.CertificateFile = _authority.Write("worker.pem", own.ExportCertificatePem());
                tls.CertificatePassword = "hunter2";
                tls.Certificates = [own];
            },
            "amqp://mq1");

        foreach (var expected in new[] { "write 'amqps://'", "choose one", "'RabbitMq.Tls.AuthorityFile' is", "'RabbitMq.Tls.CertificateFile' is" })
        {
            Assert.Single(faults, fault => fault.Contains(expected, StringComparison.Ordinal));
        }

        Assert.DoesNotContain(faults, fault => fault.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_file_and_a_wrong_password_are_faults()
    {
        using var own = _authority.IssueForClient("worker");
        var pfx = _authority.PathOf("worker.pfx");
        File.WriteAllBytes(pfx, own.Export(X509ContentType.Pkcs12, "hunter2"));

        Assert.Contains("no-such-file.pem", Assert.Single(FaultsOf(tls => tls.CertificateFile = _authority.PathOf("no-such-file.pem"))), StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-one", Assert.Single(FaultsOf(tls => (tls.CertificateFile, tls.CertificatePassword) = (pfx, "wrong-one"))), StringComparison.Ordinal);
        Assert.Contains("private key", Assert.Single(FaultsOf(tls => tls.Certificates = [X509CertificateLoader.LoadCertificate(own.Export(X509ContentType.Cert))])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_or_a_login_without_a_certificate_is_a_fault()
    {
        Assert.Contains("'RabbitMq.Tls.CertificateFile'", Assert.Single(FaultsOf(tls => tls.KeyFile = "worker.key")), StringComparison.Ordinal);
        Assert.Contains("'RabbitMq.Tls.LoginByCertificate'", Assert.Single(FaultsOf(tls => tls.LoginByCertificate = true)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_with_a_fault_is_named_by_its_place_and_not_quoted()
    {
        using var provider = Provider(queue => queue.UseRabbitMq(rabbit => rabbit.ClusterNodes.Add("amqp://guest:hunter2@mq2")), []);
        var fault = Assert.Single(Assert.Throws<TaskQueueConfigurationException>(provider.GetRequiredService<ITaskPublisher>).Faults);

        Assert.Contains("'RabbitMq.ClusterNodes[0]'", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault, StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> FaultsOf(Action<RabbitMqTlsOptions> configure, string uri = "amqps://mq1")
    {
        using var provider = Provider(queue => queue.UseRabbitMq(uri, rabbit => configure(rabbit.Tls)), []);
        try
        {
            _ = provider.GetRequiredService<ITaskPublisher>();
            return [];
        }
        catch (TaskQueueConfigurationException error)
        {
            return error.Faults;
        }
    }

    private static ServiceProvider Provider(Action<TaskQueueBuilder> configure, Dictionary<string, string?> settings) => new ServiceCollection()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
        .AddTaskQueue(configure)
        .BuildServiceProvider();
}
