using System.Reflection;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Capabilities;

/// <summary>What a contender can beyond publishing and handling, asked for by the workload that needs it.</summary>
internal static class Capability
{
    /// <exception cref="LackingException">The contender does not have it.</exception>
    public static TCapability Need<TCapability>(this IContender contender)
        where TCapability : class =>
        contender as TCapability ?? throw new LackingException(ReasonOf(contender.GetType(), typeof(TCapability)));

    private static string ReasonOf(Type contender, Type capability) =>
        contender.GetCustomAttributes<LacksAttribute>().FirstOrDefault(lacks => lacks.Capability == capability)?.Reason ?? "it is not set up here";
}

/// <summary>A contender cannot do what the workload asks for: a result, not a failure.</summary>
internal sealed class LackingException(string reason) : Exception(reason);
