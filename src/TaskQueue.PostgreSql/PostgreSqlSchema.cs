using TaskQueue.PostgreSql.Migrations;

namespace TaskQueue;

/// <summary>TaskQueue's tables in PostgreSQL, for those who create them by hand.</summary>
public static class PostgreSqlSchema
{
    /// <summary>The name of the schema unless the options say otherwise: <c>taskqueue</c>.</summary>
    public const string DefaultName = "taskqueue";

    /// <summary>The script that brings the schema <c>taskqueue</c> up to date.</summary>
    /// <returns>SQL, exactly what a worker applies at its start.</returns>
    public static string MigrationSql() => MigrationSql(DefaultName);

    /// <summary>The script that brings a schema up to date.</summary>
    /// <param name="schema">Its name: 1 to 63 lower-case letters, digits and <c>_</c>, no digit first.</param>
    /// <returns>SQL, exactly what a worker applies at its start. It applies what is missing, in one transaction and under a lock: it may be run again, and by several at once.</returns>
    /// <exception cref="ArgumentException">The name is not valid.</exception>
    public static string MigrationSql(string schema) => MigrationScript.Write(schema);
}
