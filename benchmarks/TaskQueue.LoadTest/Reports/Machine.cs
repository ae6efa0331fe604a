using System.Runtime.InteropServices;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Reports;

/// <summary>What the figures were measured on, and of which versions.</summary>
internal static class Machine
{
    public static async Task<string> DescribeAsync(VirtualHosts hosts, IEnumerable<string> contenders) =>
        $"{Environment.ProcessorCount} cores ({RuntimeInformation.ProcessArchitecture}), {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, "
        + $"{RuntimeInformation.OSDescription.Trim()}; {RuntimeInformation.FrameworkDescription}; RabbitMQ {await hosts.ReadVersionAsync()}; "
        + string.Join(", ", contenders.Select(name => ContenderList.Find(name).Version));
}
