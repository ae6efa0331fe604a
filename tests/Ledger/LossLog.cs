using Microsoft.Extensions.Logging;

namespace TaskQueue.Ledger;

/// <summary>Books what the library says it has lost, at the moment it does: the account knows then what may have come twice. Thread-safe.</summary>
internal sealed class LossLog(Book book) : ILoggerProvider, ILogger
{
    private const int ConnectionLost = 2003;
    private const int ConsumerEnded = 2205;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        switch (eventId.Id)
        {
            case ConnectionLost:
                var consuming = Value(state, "Connection").Contains("consume", StringComparison.Ordinal);
                book.Write(consuming ? Event.ConsumingLost : Event.PublishingLost, "", 0, book.Name);
                break;
            case ConsumerEnded:
                book.Write(Event.ConsumerLost, Value(state, "Queue"), 0, book.Name);
                break;
        }
    }

    public void Dispose()
    {
        // The book is its process's.
    }

    private static string Value<TState>(TState state, string name) =>
        state is IEnumerable<KeyValuePair<string, object?>> values ? values.FirstOrDefault(value => value.Key == name).Value?.ToString() ?? "" : "";
}
