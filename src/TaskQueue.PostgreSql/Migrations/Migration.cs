namespace TaskQueue.PostgreSql.Migrations;

/// <summary>One step from an empty schema to today's tables: a file of SQL beside this one, named <c>0001-name.sql</c>. What is released never changes; a change is a
/// new file and a line in <see cref="All"/>. It must leave the tables usable for workers of the version before, since both run during a deployment.</summary>
/// <param name="Version">From 1, without gaps.</param>
/// <param name="Name">The rest of the file's name.</param>
internal sealed record Migration(int Version, string Name)
{
    /// <summary>All of them, in order.</summary>
    public static IReadOnlyList<Migration> All { get; } =
    [
        new(1, "idempotency"),
    ];

    /// <summary>The statements, in which <c>{schema}</c> stands for the quoted name of the schema.</summary>
    public string ReadStatements()
    {
        var file = $"{Version:0000}-{Name}.sql";
        using var stream = typeof(Migration).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"The migration '{file}' is not embedded in the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().TrimEnd().ReplaceLineEndings("\n");
    }
}
