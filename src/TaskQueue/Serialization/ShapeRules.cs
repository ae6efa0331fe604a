using System.Reflection;

namespace TaskQueue.Serialization;

/// <summary>What one format does with types: the questions that <see cref="ShapeWalk"/> asks.</summary>
internal abstract class ShapeRules
{
    /// <summary>What the user may add to a base type to make its derived types known.</summary>
    public abstract string PolymorphismCure { get; }

    /// <summary>Whether the format, or a formatter that the user named, writes the type as one value.</summary>
    public abstract bool IsLeaf(Type type);

    /// <summary>The derived types that a base type declares to the format; empty for none.</summary>
    public abstract IReadOnlyList<Type> DerivedTypes(Type type);

    /// <summary>Whether the type says itself which members are written.</summary>
    public abstract bool HasOwnContract(Type type);

    public abstract bool IsIgnored(MemberInfo member);

    /// <summary>Whether a value that was read can be put back through the property's setter.</summary>
    public abstract bool IsSettable(PropertyInfo property);

    /// <summary>The constructor that reading calls; null for none.</summary>
    public abstract ConstructorInfo? ConstructorOf(Type type);

    /// <summary>What else is wrong with an object type in this format: the predicate of a sentence, with the cure; or null.</summary>
    public abstract string? FindObjectFault(Type type);
}
