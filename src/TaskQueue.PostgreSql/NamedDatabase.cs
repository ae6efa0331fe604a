using Npgsql;

namespace TaskQueue.PostgreSql;

/// <summary>The database that code names for the outbox. It is the one of <see cref="PostgreSqlOptions"/>: what is named there as well must be the same, or one of the two would be dropped without a word.</summary>
internal sealed class NamedDatabase
{
    private string? _connectionString;
    private NpgsqlDataSource? _dataSource;

    public void Name(string connectionString) => (_connectionString, _dataSource) = (connectionString, null);

    public void Name(NpgsqlDataSource dataSource) => (_connectionString, _dataSource) = (null, dataSource);

    /// <summary>Gives the database to options that code has given none.</summary>
    /// <returns>What is wrong, where code has given them another one.</returns>
    public string? ApplyTo(PostgreSqlOptions options)
    {
        if (TextOf(options.DataSource, options.ConnectionString) is { } theirs && TextOf(_dataSource, _connectionString) is { } ours && Differences(theirs, ours) is { Count: > 0 } differences)
        {
            return $"'queue.UsePostgreSqlIdempotency(…)' names the database {ConnectionText.Of(theirs)}, and 'queue.UsePostgreSqlOutbox(…)' {ConnectionText.Of(ours)}; they differ in {string.Join(", ", differences)}. "
                + "A process has one database for all that it keeps in PostgreSQL. Name the same in both calls, or in one of them only; what belongs to another database belongs in another process.";
        }

        options.DataSource ??= _dataSource;
        if (options is { DataSource: null, ConnectionString: null } && _connectionString is not null)
        {
            options.ConnectionString = _connectionString;
        }

        return null;
    }

    private static string? TextOf(NpgsqlDataSource? source, string? text) => source?.ConnectionString ?? text;

    // Names of settings alone, as values may be secret. The password itself is no difference: a data source does not tell it.
    private static List<string> Differences(string left, string right)
    {
        if (Parse(left) is not { } one || Parse(right) is not { } other)
        {
            return left == right ? [] : ["what cannot be read"];
        }

        return [.. one.Keys.Union(other.Keys).Where(key => key is not nameof(one.Password) && !Equals(one[key], other[key])).Order(StringComparer.Ordinal).Select(key => $"'{key}'")];
    }

    // As a data source reads it, which takes "Host=db:6432" apart.
    private static NpgsqlConnectionStringBuilder? Parse(string text)
    {
        try
        {
            using var source = NpgsqlDataSource.Create(text);
            return ConnectionText.Parse(source.ConnectionString);
        }
        catch (ArgumentException)
        {
            return ConnectionText.Parse(text);
        }
    }
}
