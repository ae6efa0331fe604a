using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace TaskQueue.RabbitMq.FaultTests.Runs;

/// <summary>Writes what a host says into a file of the run, and counts its messages by event. Thread-safe; owned by the run.</summary>
internal sealed class RunLog(string path) : ILoggerProvider
{
    private const int ConnectionLost = 2003;
    private const int ConsumerEnded = 2205;

    private readonly Lock _gate = new();
    private readonly StreamWriter _file = new(path) { AutoFlush = true };
    private readonly ConcurrentDictionary<int, int> _counts = new();

    /// <summary>Connections that were lost, those to publish and those to consume.</summary>
    public int LostConnections => Count(ConnectionLost);

    /// <summary>Consumers that ended while their connection lived.</summary>
    public int EndedConsumers => Count(ConsumerEnded);

    public int Count(int eventId) => _counts.GetValueOrDefault(eventId);

    public ILogger CreateLogger(string categoryName) => new Page(this, categoryName);

    public void Dispose()
    {
        lock (_gate)
        {
            _file.Dispose();
        }
    }

    private void Write(LogLevel level, EventId id, string category, string message, Exception? error)
    {
        _counts.AddOrUpdate(id.Id, 1, (_, count) => count + 1);
        lock (_gate)
        {
            _file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {level} {id.Id} {category}: {message} {error?.Message}"));
        }
    }

    private sealed class Page(RunLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log.Write(logLevel, eventId, category, formatter(state, exception), exception);
            }
        }
    }
}
