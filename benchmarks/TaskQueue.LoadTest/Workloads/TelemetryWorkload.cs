using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Published and handled at once, while OpenTelemetry takes every trace, in batches, and adds up every measurement, each second; its exporters send nothing.</summary>
internal sealed class TelemetryWorkload : ClosedLoopWorkload
{
    private const int ExportEach = 1_000;

    // As long as the process.
    private static readonly List<BaseProvider> Providers = [];

    public override string Name => "telemetry";

    public override bool IsDefault => false;

    public override string? ComparedWith => PublishAndDrainWorkload.OwnName;

    protected override Task StartPublisherAsync(IContender contender)
    {
        var telemetry = contender.Need<ITelemetry>();
        Providers.Add(Sdk.CreateTracerProviderBuilder()
            .AddSource(telemetry.ActivitySource)
            .SetSampler(new AlwaysOnSampler())
            .AddProcessor(new BatchActivityExportProcessor(new NoExporter<Activity>()))
            .Build());
        Providers.Add(Sdk.CreateMeterProviderBuilder()
            .AddMeter(telemetry.Meter)
            .AddReader(new PeriodicExportingMetricReader(new NoExporter<Metric>(), ExportEach))
            .Build());
        return base.StartPublisherAsync(contender);
    }

    private sealed class NoExporter<T> : BaseExporter<T>
        where T : class
    {
        public override ExportResult Export(in Batch<T> batch) => ExportResult.Success;
    }
}
