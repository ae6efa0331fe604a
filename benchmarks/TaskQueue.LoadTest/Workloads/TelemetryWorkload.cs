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

    private readonly List<BaseProvider> _providers = [];
    private long _spans;
    private long _metrics;

    public override string Name => "telemetry";

    public override bool IsDefault => false;

    public override string? ComparedWith => PublishAndDrainWorkload.OwnName;

    protected override Task StartPublisherAsync(IContender contender)
    {
        var telemetry = contender.Need<ITelemetry>();
        _providers.Add(Sdk.CreateTracerProviderBuilder()
            .AddSource(telemetry.ActivitySource)
            .SetSampler(new AlwaysOnSampler())
            .AddProcessor(new BatchActivityExportProcessor(new CountingExporter<Activity>(count => Interlocked.Add(ref _spans, count))))
            .Build());
        _providers.Add(Sdk.CreateMeterProviderBuilder()
            .AddMeter(telemetry.Meter)
            .AddReader(new PeriodicExportingMetricReader(new CountingExporter<Metric>(count => Interlocked.Add(ref _metrics, count)), ExportEach))
            .Build());
        return base.StartPublisherAsync(contender);
    }

    protected override void Finish(Dictionary<string, double> figures)
    {
        _providers.ForEach(provider => provider.Dispose());
        _providers.Clear();
        figures["spans exported"] = _spans;
        figures["metrics exported"] = _metrics;
    }

    private sealed class CountingExporter<T>(Action<long> exported) : BaseExporter<T>
        where T : class
    {
        public override ExportResult Export(in Batch<T> batch)
        {
            exported(batch.Count);
            return ExportResult.Success;
        }
    }
}
