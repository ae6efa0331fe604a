using System.Globalization;
using System.Text;

namespace TaskQueue.PostgreSql.Migrations;

/// <summary>
/// All migrations as one SQL script: what a worker applies is what a user prints, to the letter. It looks by itself which of them are missing, under a lock, so that
/// it may be run again, and by several at once.
/// </summary>
internal static class MigrationScript
{
    // Any number will do that other applications are unlikely to lock: "taskqueue" as letters.
    private const long LockKey = 0x7461736B71;

    /// <param name="schema">The schema's name, not quoted.</param>
    public static string Write(string schema)
    {
        var script = new StringBuilder(Opening);
        foreach (var migration in Migration.All)
        {
            script.Append(CultureInfo.InvariantCulture, $"""

                IF NOT EXISTS (SELECT FROM {Placeholder}.schema_version WHERE version = {migration.Version}) THEN
                {migration.ReadStatements()}
                INSERT INTO {Placeholder}.schema_version (version, name) VALUES ({migration.Version}, '{migration.Name}');
                END IF;

                """);
        }

        return script.Append(Closing).Replace(Placeholder, SchemaName.Quote(schema)).Replace("{name}", schema).ToString();
    }

    private const string Placeholder = "{schema}";

    // The schema is made only where it is missing: "CREATE SCHEMA IF NOT EXISTS" asks for the permission to create one in any case.
    private static readonly string Opening = $$"""
        -- TaskQueue's tables in PostgreSQL, version {{Migration.All[^1].Version}}, in the schema "{name}". May be run again, and by several at once.
        BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED;
        SELECT pg_advisory_xact_lock({{LockKey}});
        DO $taskqueue$
        BEGIN
        IF to_regnamespace('{schema}') IS NULL THEN
        CREATE SCHEMA {schema};
        END IF;
        CREATE TABLE IF NOT EXISTS {schema}.schema_version (
            version    integer     PRIMARY KEY,
            name       text        NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );

        """.ReplaceLineEndings("\n");

    private static readonly string Closing = """
        END
        $taskqueue$;
        COMMIT;

        """.ReplaceLineEndings("\n");
}
