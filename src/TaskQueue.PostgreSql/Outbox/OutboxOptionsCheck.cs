using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue.PostgreSql.Outbox;

/// <summary>Applies the section <c>TaskQueue:Outbox</c> below what code has set, once, and reports what is wrong with either, with all other faults of the configuration.</summary>
internal sealed class OutboxOptionsCheck : IConfigurationCheck, IDescribedOptions
{
    private readonly List<string> _faults = [];

    public OutboxOptionsCheck(PostgreSqlOutboxOptions options, IConfigurationSection? section, IServiceProviderIsService? services)
    {
        Options = options;
        if (section?.Exists() == true)
        {
            var reader = new SectionReader(section, _faults);
            options.Configure(reader);
            reader.ReportUnknown();
        }

        options.FindFaults(_faults);
        if (options.Relay && services?.IsService(typeof(IEnvelopeSender)) == false)
        {
            _faults.Add("The outbox has no broker for its relay. Add 'queue.UseRabbitMq(…)', or set 'Outbox.Relay' to false where another process publishes what stands in the outbox.");
        }
    }

    /// <summary>The options with the configuration applied.</summary>
    public PostgreSqlOutboxOptions Options { get; }

    public string Title => "Outbox";

    public IEnumerable<SettingOrigin> Settings => Options.Origins;

    public IEnumerable<string> FindFaults(TaskModel model) => _faults;
}
