using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using TaskQueue.PostgreSql.Migrations;

namespace TaskQueue.PostgreSql;

/// <summary>Applies the section <c>TaskQueue:PostgreSql</c> below what code has set, once, and reports what is wrong with either, with all other faults of the
/// configuration. Never quotes a connection string: it may hold a password.</summary>
internal sealed class PostgreSqlOptionsCheck : IConfigurationCheck, IDescribedOptions
{
    private readonly List<string> _faults = [];

    public PostgreSqlOptionsCheck(PostgreSqlOptions options, NamedDatabase outbox, IConfigurationSection? section, IServiceProviderIsService? services)
    {
        Options = options;
        if (outbox.ApplyTo(options) is { } fault)
        {
            _faults.Add(fault);
        }

        if (section?.Exists() == true)
        {
            var reader = new SectionReader(section, _faults);
            options.Configure(reader);
            reader.ReportUnknown();
        }

        CheckDatabase(services);
        if (!SchemaName.IsValid(options.Schema))
        {
            _faults.Add($"'PostgreSql.Schema' is '{options.Schema}'; choose 1 to 63 lower-case letters, digits and '_', with no digit first.");
        }
    }

    /// <summary>The options with the configuration applied.</summary>
    public PostgreSqlOptions Options { get; }

    public string Title => "PostgreSQL";

    public IEnumerable<SettingOrigin> Settings => Options.Origins;

    public IEnumerable<string> FindFaults(TaskModel model) => _faults;

    private void CheckDatabase(IServiceProviderIsService? services)
    {
        if (Options is { DataSource: null, ConnectionString: null } && services?.IsService(typeof(NpgsqlDataSource)) == false)
        {
            _faults.Add("'PostgreSql.ConnectionString' is not set, and no 'NpgsqlDataSource' is registered. Give a connection string, such as 'Host=localhost;Username=app;Password=…;Database=app'.");
        }

        if (Options is { DataSource: null, ConnectionString: { } text } && ConnectionText.Parse(text) is not { Host: not null })
        {
            _faults.Add("'PostgreSql.ConnectionString' cannot be read, or names no host. Write it as Npgsql expects it: 'Host=localhost;Username=app;Password=…;Database=app'.");
        }
    }
}
