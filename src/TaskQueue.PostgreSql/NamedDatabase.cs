using Npgsql;

namespace TaskQueue.PostgreSql;

/// <summary>The database that code names for the outbox. It is the one of <see cref="PostgreSqlOptions"/>: what is named there as well must be the same, or one of the two would be dropped without a word.</summary>
internal sealed class NamedDatabase
{
    public string? ConnectionString { get; set; }

    public NpgsqlDataSource? DataSource { get; set; }

    /// <summary>Gives the database to options that code has given none.</summary>
    /// <returns>What is wrong, where code has given them another one.</returns>
    public string? ApplyTo(PostgreSqlOptions options)
    {
        if (TextOf(options.DataSource, options.ConnectionString) is { } theirs && TextOf(DataSource, ConnectionString) is { } ours && Differences(theirs, ours) is { Count: > 0 } differences)
        {
            return $"'queue.UsePostgreSqlIdempotency(…)' names the database {ConnectionText.Of(theirs)}, and 'queue.UsePostgreSqlOutbox(…)' {ConnectionText.Of(ours)}; they differ in {string.Join(", ", differences)}. "
                + "A process has one database for all that it keeps in PostgreSQL. Name the same in both calls, or in one of them only; what belongs to another database belongs in another process.";
        }

        options.DataSource ??= DataSource;
        if (options is { DataSource: null, ConnectionString: null } && ConnectionString is not null)
        {
            options.ConnectionString = ConnectionString;
        }

        return null;
    }

    private static string? TextOf(NpgsqlDataSource? source, string? text) => source?.ConnectionString ?? text;

    // Names of settings alone, as values may be secret. The password itself is no difference: a data source does not tell it.
    private static List<string> Differences(string left, string right)
    {
        if (ConnectionText.Parse(left) is not { } one || ConnectionText.Parse(right) is not { } other)
        {
            return left == right ? [] : ["what cannot be read"];
        }

        return [.. one.Keys.Union(other.Keys).Where(key => key is not nameof(one.Password) && !Equals(one[key], other[key])).Order(StringComparer.Ordinal).Select(key => $"'{key}'")];
    }
}
