using System.Diagnostics;
using System.Diagnostics.Metrics;
using TaskQueue.LoadTest.Capabilities;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>Published and handled at once, while a listener takes every trace and every measurement, as OpenTelemetry does without an exporter.</summary>
internal sealed class TelemetryWorkload : ClosedLoopWorkload
{
    public override string Name => "telemetry";

    public override bool IsDefault => false;

    public override string? ComparedWith => PublishAndDrainWorkload.OwnName;

    // The listeners live as long as the process.
    protected override Task StartWorkerAsync(IContender contender, Func<LoadTask, ValueTask> handle)
    {
        var telemetry = contender.Need<ITelemetry>();
        ListenToTraces(telemetry.ActivitySource);
        ListenToMetrics(telemetry.Meter);
        return base.StartWorkerAsync(contender, handle);
    }

    private static void ListenToTraces(string source) => ActivitySource.AddActivityListener(new ActivityListener
    {
        ShouldListenTo = candidate => candidate.Name == source,
        Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
    });

    private static void ListenToMetrics(string meter)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == meter)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => { });
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => { });
        listener.SetMeasurementEventCallback<int>((_, _, _, _) => { });
        listener.Start();
    }
}
