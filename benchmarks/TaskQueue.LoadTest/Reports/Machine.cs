using System.Reflection;
using System.Runtime.InteropServices;

namespace TaskQueue.LoadTest.Reports;

/// <summary>What the figures were measured on.</summary>
internal static class Machine
{
    // Without the commit behind the plus sign.
    private static string ClientVersion =>
        typeof(RabbitMQ.Client.IConnection).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static async Task<string> DescribeAsync(VirtualHosts hosts) =>
        $"{Environment.ProcessorCount} cores ({RuntimeInformation.ProcessArchitecture}), {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, "
        + $"{RuntimeInformation.OSDescription.Trim()}; {RuntimeInformation.FrameworkDescription}; RabbitMQ {await hosts.ReadVersionAsync()}; "
        + $"RabbitMQ.Client {ClientVersion}";
}
