using System.Security.Authentication;
using RabbitMQ.Client.Exceptions;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// Tells a refusal, which somebody has to mend (login, virtual host, certificates), from a node that is merely not there or not ready, and says how to
/// mend it. A virtual host that is still starting closes with 541, so it is none.
/// </summary>
internal static class AccessFaults
{
    private static readonly string[] CertificateAlerts = ["certificate", "unknown ca", "handshake failure", "access denied"];

    /// <returns>The refusal, or null where it is worth trying again without anybody's help.</returns>
    public static BrokerAccessException? Find(Exception exception, BrokerAddress address, ServerCertificate? server)
    {
        var text = server?.Refusal is { } why
            ? $"The certificate of RabbitMQ at {address} is not accepted: {why}."
            : FindAlert(exception, address) ?? Causes(exception).Select(cause => Find(cause, address)).FirstOrDefault(found => found is not null);
        return text is null ? null : new BrokerAccessException(address.ToString(), text, exception);
    }

    private static string? Find(Exception cause, BrokerAddress address) => cause switch
    {
        AuthenticationFailureException when address.User is null =>
            $"RabbitMQ at {address} refuses the login by certificate ('{cause.Message}'): there must be a user with the name that the broker reads in it, the whole subject by default ('ssl_cert_login_from' in rabbitmq.conf). Create it ('rabbitmqctl add_user', 'rabbitmqctl clear_password').",
        AuthenticationFailureException =>
            $"RabbitMQ at {address} refuses the login: wrong user name or password, or the user may not log in from here ('{cause.Message}'). Set the right ones where the address is: in 'UseRabbitMq(…)', or in 'TaskQueue:RabbitMq:Uri' where code names none.",
        OperationInterruptedException { ShutdownReason: { } reason } when BrokerVerdicts.Of(reason.ReplyCode, reason.ReplyText) is BrokerVerdict.NotAllowed or BrokerVerdict.AccessRefused =>
            $"RabbitMQ at {address} refuses the virtual host: it does not exist, or the user has no permissions in it ('{reason.ReplyText}'). Create it ('rabbitmqctl add_vhost'), grant it ('rabbitmqctl set_permissions'), or name another one where the address is: in 'UseRabbitMq(…)', or in 'TaskQueue:RabbitMq:Uri' where code names none.",
        IOException when cause.Message.StartsWith("No compatible authentication mechanism", StringComparison.Ordinal) => address.User is null
            ? $"RabbitMQ at {address} takes no login by certificate ('{cause.Message}'). Enable its plugin 'rabbitmq_auth_mechanism_ssl' and set 'auth_mechanisms.1 = EXTERNAL' in rabbitmq.conf, or set 'Tls.LoginByCertificate' to false."
            : $"RabbitMQ at {address} takes no login by password ('{cause.Message}'). Set 'Tls.LoginByCertificate' to true, or allow 'PLAIN' in rabbitmq.conf ('auth_mechanisms').",
        AuthenticationException when address.Tls =>
            $"TLS to RabbitMQ at {address} cannot be agreed upon ('{Causes(cause).Last().Message.Trim()}'). Is this its TLS port (5671), and do both sides allow a common version of TLS?",
        _ => null,
    };

    // The other side's verdict on our certificate, in OpenSSL's words ("tlsv13 alert certificate required"). With TLS 1.3 it comes after the handshake.
    private static string? FindAlert(Exception exception, BrokerAddress address)
    {
        var words = Causes(exception).Last().Message.Trim();
        return address.Tls && words.Contains(" alert ", StringComparison.Ordinal) && CertificateAlerts.Any(alert => words.Contains(alert, StringComparison.Ordinal))
            ? $"RabbitMQ at {address} breaks off TLS ('{words}'): it asks for a certificate and got none, or one that it does not accept. Set 'Tls.CertificateFile' to one that is valid and issued by an authority in the broker's 'ssl_options.cacertfile'."
            : null;
    }

    private static IEnumerable<Exception> Causes(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }
}
