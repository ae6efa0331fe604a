using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace TaskQueue.Handlers;

/// <summary>
/// Walks constructors through the registrations as the container would, without creating anything, down to what is missing. Where a
/// registration is a factory or an instance, or another container knows the service, the walk ends well: a false alarm would keep a
/// healthy application from starting. Used by one check: not thread-safe.
/// </summary>
internal sealed class DependencyWalk(Registrations registrations, IServiceProvider services)
{
    private readonly IServiceProviderIsService? _known = (IServiceProviderIsService?)services.GetService(typeof(IServiceProviderIsService));
    private readonly HashSet<Type> _open = [];
    private readonly HashSet<Type> _sound = [];

    /// <summary>The gap below a class that is created by one of its public constructors, or null.</summary>
    public DependencyGap? FindGap(Type implementation, object? serviceKey = null)
    {
        if (_sound.Contains(implementation))
        {
            return null;
        }

        if (!_open.Add(implementation))
        {
            return Broken(implementation, "depends on itself. Break the circle, for instance by injecting IServiceProvider in one place.");
        }

        var gap = FindConstructorGap(implementation, serviceKey);
        _open.Remove(implementation);
        if (gap is null)
        {
            _sound.Add(implementation);
        }

        return gap;
    }

    // The container takes the longest constructor that it can satisfy; if there is none, its longest says best what is missing.
    private DependencyGap? FindConstructorGap(Type implementation, object? serviceKey)
    {
        var constructors = implementation.GetConstructors().OrderByDescending(constructor => constructor.GetParameters().Length).ToArray();
        if (constructors.Length == 0)
        {
            return Broken(implementation, "has no public constructor. Make one public, or register it with a factory.");
        }

        var gaps = constructors.Select(constructor => FindParameterGap(constructor, serviceKey)).TakeWhile(gap => gap is not null).ToArray();
        return gaps.Length == constructors.Length ? gaps[0]!.Below(TypeText.Of(implementation)) : null;
    }

    private DependencyGap? FindParameterGap(ConstructorInfo constructor, object? serviceKey) =>
        constructor.GetParameters()
            .Where(parameter => !parameter.IsDefined(typeof(ServiceKeyAttribute)))
            .Select(parameter => FindServiceGap(parameter.ParameterType, KeyOf(parameter, serviceKey)) is { } gap && !(gap.IsAbsent && parameter.HasDefaultValue) ? gap : null)
            .FirstOrDefault(gap => gap is not null);

    private static object? KeyOf(ParameterInfo parameter, object? serviceKey) =>
        parameter.GetCustomAttribute<FromKeyedServicesAttribute>() switch
        {
            null => null,
            { LookupMode: ServiceKeyLookupMode.InheritKey } => serviceKey,
            { Key: var key } => key,
        };

    private DependencyGap? FindServiceGap(Type service, object? key)
    {
        if (service.IsGenericType && service.GetGenericTypeDefinition() == typeof(IEnumerable<>))
        {
            var element = service.GetGenericArguments()[0];
            return registrations.All(element, key).Select(registration => FindGap(registration, element, key)).FirstOrDefault(gap => gap is not null);
        }

        return registrations.Last(service, key) is { } last ? FindGap(last, service, key)
            : IsKnown(service, key) ? null
            : Absent(NameOf(service, key));
    }

    private DependencyGap? FindGap(Registration registration, Type service, object? key)
    {
        if (registration.Implementation is not { } implementation || FindGap(implementation, key) is not { } gap)
        {
            return null;
        }

        return implementation == service ? gap : gap.Below(NameOf(service, key));
    }

    private bool IsKnown(Type service, object? key) => _known switch
    {
        null => true,
        IServiceProviderIsKeyedService keyed when key is not null => keyed.IsKeyedService(service, key),
        _ => _known.IsService(service),
    };

    private static DependencyGap Broken(Type implementation, string reason) =>
        new(TypeText.Of(implementation), $"'{TypeText.Of(implementation)}' {reason}", IsAbsent: false);

    private static DependencyGap Absent(string service) =>
        new(service, $"'{service}' is not registered. Register it, or give the parameter a default value.", IsAbsent: true);

    private static string NameOf(Type service, object? key) => key is null ? TypeText.Of(service) : $"{TypeText.Of(service)} (key '{key}')";
}
