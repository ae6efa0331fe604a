using System.Reflection;
using Microsoft.Extensions.DependencyInjection;

namespace TaskQueue.Handlers;

/// <summary>
/// Creates a class by its one public constructor, each parameter resolved as the container would. The container's own way for this,
/// ActivatorUtilities, compiles expressions, which costs a worker tens of milliseconds at its start. Thread-safe.
/// </summary>
internal sealed class ConstructorCall
{
    private readonly ConstructorInvoker _invoker;
    private readonly Func<IServiceProvider, object?>[] _arguments;

    public ConstructorCall(ConstructorInfo constructor)
    {
        _invoker = ConstructorInvoker.Create(constructor);
        _arguments = Array.ConvertAll(constructor.GetParameters(), Argument);
    }

    public object Create(IServiceProvider services)
    {
        switch (_arguments)
        {
            case []:
                return _invoker.Invoke();
            case [var only]:
                return _invoker.Invoke(only(services));
            default:
                var values = new object?[_arguments.Length];
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] = _arguments[i](services);
                }

                return _invoker.Invoke(values.AsSpan());
        }
    }

    private static Func<IServiceProvider, object?> Argument(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { LookupMode: ServiceKeyLookupMode.ExplicitKey, Key: var key })
        {
            return parameter.HasDefaultValue
                ? services => (services as IKeyedServiceProvider)?.GetKeyedService(type, key) ?? Default(parameter)
                : services => services.GetRequiredKeyedService(type, key);
        }

        return parameter.HasDefaultValue
            ? services => services.GetService(type) ?? Default(parameter)
            : services => services.GetRequiredService(type);
    }

    // The default of a value type is recorded as null.
    private static object? Default(ParameterInfo parameter) =>
        parameter.DefaultValue ?? (parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null);
}
