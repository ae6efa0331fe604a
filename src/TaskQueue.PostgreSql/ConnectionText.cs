using Npgsql;

namespace TaskQueue.PostgreSql;

/// <summary>Which database it is, for people, without the password.</summary>
internal static class ConnectionText
{
    public static string Of(PostgreSqlOptions options) => options switch
    {
        { DataSource: { } source } => Of(source.ConnectionString),
        { ConnectionString: { } text } => Of(text),
        _ => "the application's data source",
    };

    public static string Of(string connectionString) =>
        Parse(connectionString) is { } parts ? $"{parts.Username ?? "?"}@{parts.Host ?? "?"}:{parts.Port}/{parts.Database ?? parts.Username ?? "?"}" : "(invalid)";

    public static NpgsqlConnectionStringBuilder? Parse(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or KeyNotFoundException)
        {
            return null;
        }
    }
}
