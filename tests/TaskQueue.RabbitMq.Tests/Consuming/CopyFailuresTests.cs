using Xunit;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Health;
using TaskQueue.RabbitMq.Publishing;
using TaskQueue.RabbitMq.Tests.Health;

namespace TaskQueue.RabbitMq.Tests.Consuming;

public sealed class CopyFailuresTests : IDisposable
{
    private const int Failed = 2230;
    private const int Safe = 2235;

    private readonly FakeTimeProvider _time = new();
    private readonly FakeLogger _logger = new();
    private readonly Monitored _process = new();
    private readonly CopyFailures _failures;

    public CopyFailuresTests() => _failures = new CopyFailures("tq.dead", _time, _logger);

    [Fact]
    public void The_failures_of_many_copies_are_one_line_a_minute_for_each_kind()
    {
        using var first = NewCopy();
        using var second = NewCopy();
        for (var i = 0; i < 120; i++)
        {
            Fail(first, PublishStatus.AccessRefused);
            Fail(second, PublishStatus.AccessRefused);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Fail(second, PublishStatus.ExchangeMissing);

        Assert.Equal(["1 AccessRefused", "2 AccessRefused", "2 ExchangeMissing"], Lines(Failed).Select(line => $"{Value(line, "Count")} {Value(line, "Status")}"));
    }

    [Fact]
    public void The_last_one_that_is_safe_says_so()
    {
        using var first = NewCopy();
        using var waiting = NewCopy();
        Fail(first, PublishStatus.Refused);
        _failures.Waits(waiting);
        _failures.Ended(first, isSafe: true);
        Assert.Empty(Lines(Safe));

        _failures.Ended(waiting, isSafe: true);
        Assert.Equal("2", Value(Assert.Single(Lines(Safe)), "Most"));
    }

    [Fact]
    public void Trouble_that_comes_and_goes_is_two_lines_a_minute()
    {
        using var copy = NewCopy();
        for (var i = 0; i < 90; i++)
        {
            Fail(copy, PublishStatus.Refused);
            _failures.Ended(copy, isSafe: true);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((2, 2), (Lines(Failed).Count, Lines(Safe).Count));
    }

    public void Dispose() => _process.Dispose();

    private void Fail(CopyTrouble copy, PublishStatus status) => _failures.Failed(copy, "id", status, "words");

    private CopyTrouble NewCopy() => new(_process.Monitor.Settling);

    private List<FakeLogRecord> Lines(int id) => [.. _logger.Collector.GetSnapshot().Where(line => line.Id.Id == id)];

    private static string? Value(FakeLogRecord line, string name) => line.GetStructuredStateValue(name);
}
