using System.Diagnostics.Metrics;

namespace TaskQueue.EffectLedger;

/// <summary>Tells what the pipeline counts, one line each: a count in memory would die with its worker.</summary>
internal sealed class PipelineCounts : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Journal _journal;

    public PipelineCounts(Journal journal)
    {
        _journal = journal;
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "TaskQueue", Name: "taskqueue.duplicates" or "taskqueue.leases.lost" or "taskqueue.tasks" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>(OnMeasured);
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    private void OnMeasured(Instrument instrument, long measurement, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        switch (instrument.Name)
        {
            case "taskqueue.duplicates":
                _journal.Write(NoteKind.Duplicate);
                break;
            case "taskqueue.leases.lost":
                _journal.Write(NoteKind.LeaseLost);
                break;
            case var _ when IsDeferred(tags):
                _journal.Write(NoteKind.Deferred);
                break;
        }
    }

    private static bool IsDeferred(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var tag in tags)
        {
            if (tag is { Key: "taskqueue.outcome", Value: "deferred" })
            {
                return true;
            }
        }

        return false;
    }
}
