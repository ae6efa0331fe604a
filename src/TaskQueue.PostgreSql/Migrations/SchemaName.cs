using System.Text.RegularExpressions;

namespace TaskQueue.PostgreSql.Migrations;

/// <summary>The name of the schema that holds our tables. It is put into SQL, so it is held to characters that cannot do harm there.</summary>
internal static partial class SchemaName
{
    public static bool IsValid(string? name) => name is not null && Name().IsMatch(name);

    /// <exception cref="ArgumentException">The name is not valid.</exception>
    public static string Quote(string name) =>
        IsValid(name) ? $"\"{name}\"" : throw new ArgumentException($"The schema's name is '{name}'; it has 1 to 63 lower-case letters, digits and '_', and starts with no digit.", nameof(name));

    [GeneratedRegex(@"\A[a-z_][a-z0-9_]{0,62}\z")]
    private static partial Regex Name();
}
