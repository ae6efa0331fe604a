using Npgsql;

namespace PhotoService.Billing;

/// <summary>Adds the database to a host.</summary>
public static class BillingDatabase
{
    /// <summary>Reads <c>ConnectionStrings:Billing</c>, adds the data source that the application and TaskQueue share, and makes the table of the charges at start.</summary>
    public static IHostApplicationBuilder AddBillingDatabase(this IHostApplicationBuilder builder)
    {
        var connectionString = builder.Configuration.GetConnectionString("Billing")
            ?? throw new InvalidOperationException("The setting 'ConnectionStrings:Billing' is missing: name a PostgreSQL database.");
        builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(connectionString));
        builder.Services.AddHostedService<ChargesTable>();
        return builder;
    }
}
