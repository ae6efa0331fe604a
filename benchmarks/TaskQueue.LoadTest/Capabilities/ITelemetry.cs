namespace TaskQueue.LoadTest.Capabilities;

/// <summary>Traces and meters each task.</summary>
internal interface ITelemetry
{
    /// <summary>The name of the activity source.</summary>
    string ActivitySource { get; }

    /// <summary>The name of the meter.</summary>
    string Meter { get; }
}
