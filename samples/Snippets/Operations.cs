using System.Security.Cryptography.X509Certificates;
using TaskQueue;

namespace Snippets;

public static class OperationsPage
{
    public static void Cluster(TaskQueueBuilder queue)
    {
        queue.UseRabbitMq("amqp://worker:secret@mq1.example/shop", rabbit =>
        {
            rabbit.ClusterNodes.Add("mq2.example");
            rabbit.ClusterNodes.Add("mq3.example");
        });
    }

    public static void Tls(TaskQueueBuilder queue)
    {
        queue.UseRabbitMq("amqps://mq1.example/shop", rabbit =>
        {
            rabbit.Tls.AuthorityFile = "/etc/shop/authority.pem";
            rabbit.Tls.CertificateFile = "/etc/shop/worker.pem";
            rabbit.Tls.KeyFile = "/etc/shop/worker.key";
            rabbit.Tls.LoginByCertificate = true;
        });
    }

    public static void Store(RabbitMqOptions rabbit, X509Store store)
    {
        rabbit.Tls.Certificates = store.Certificates.Find(X509FindType.FindBySubjectName, "worker", validOnly: true);
    }
}
