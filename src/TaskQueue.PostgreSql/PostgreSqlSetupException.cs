using Npgsql;

namespace TaskQueue;

/// <summary>TaskQueue's tables in PostgreSQL are missing or out of date, or the database refuses this process.</summary>
public sealed class PostgreSqlSetupException : TaskQueueException
{
    private PostgreSqlSetupException(string schema, string message, IReadOnlyList<string> missing, Exception? innerException = null)
        : base("postgresql-setup", message, innerException)
    {
        Schema = schema;
        MissingMigrations = missing;
    }

    /// <summary>The schema in which they were looked for.</summary>
    public string Schema { get; }

    /// <summary>The migrations that have not been applied, as <c>1 (idempotency)</c>; empty where the database refused to tell.</summary>
    public IReadOnlyList<string> MissingMigrations { get; }

    internal static PostgreSqlSetupException Missing(string schema, string[] missing) => new(
        schema,
        $"The schema '{schema}' in PostgreSQL lacks the migrations {string.Join(", ", missing)}, and 'PostgreSql.MigrateAtStart' is false. Print them with 'PostgreSqlSchema.MigrationSql(\"{schema}\")' and apply them by hand, or let a worker do it.",
        missing);

    internal static PostgreSqlSetupException Refused(string schema, PostgresException refusal) => new(
        schema,
        $"PostgreSQL refuses to make TaskQueue's tables in the schema '{schema}' ready: {refusal.MessageText} (SQLSTATE {refusal.SqlState}). {CureOf(refusal, schema)}",
        [],
        refusal);

    private static string CureOf(PostgresException refusal, string schema) => refusal.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => "Correct the user and the password in the connection string.",
        PostgresErrorCodes.InvalidCatalogName => "Correct the database's name in the connection string, or create the database.",
        PostgresErrorCodes.InsufficientPrivilege => $"Grant the user what is missing, or apply 'PostgreSqlSchema.MigrationSql(\"{schema}\")' as the owner and grant the user USAGE on the schema and SELECT, INSERT, UPDATE and DELETE on its tables.",
        _ => $"Apply 'PostgreSqlSchema.MigrationSql(\"{schema}\")' by hand to see where it fails.",
    };
}
