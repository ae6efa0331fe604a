using System.Globalization;
using Microsoft.Extensions.Logging;

namespace TaskQueue.RabbitMq.FaultTests.Runs;

/// <summary>Writes what a host says into a file of the run. Thread-safe; owned by the host.</summary>
internal sealed class RunLog(string path) : ILoggerProvider
{
    private readonly Lock _gate = new();
    private readonly StreamWriter _file = new(path) { AutoFlush = true };

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
