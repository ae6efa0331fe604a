using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue.PostgreSql.UnitOfWork;

/// <summary>Finds, by constructors, what takes a unit of work: handlers and middleware, themselves or through what they take. What a factory makes, such as a <c>DbContext</c>, does not tell.</summary>
internal sealed class UnitOfWorkUsers(TaskQueueBuilder queue)
{
    private readonly Registrations _registrations = new(queue);

    /// <summary>The first of a task type's classes that takes one, or null.</summary>
    public Type? Find(TaskTypeModel type) => type.Settings.Middleware.Prepend(type.Handler!.HandlerType).FirstOrDefault(user => Takes(user, []));

    private bool Takes(Type implementation, HashSet<Type> seen) =>
        seen.Add(implementation) && implementation.GetConstructors().SelectMany(constructor => constructor.GetParameters()).Any(parameter =>
            parameter.ParameterType == typeof(PostgreSqlUnitOfWork)
            || (_registrations.Last(parameter.ParameterType, key: null)?.Implementation is { } next && Takes(next, seen)));
}
