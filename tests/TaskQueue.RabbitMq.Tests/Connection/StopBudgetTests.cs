using Microsoft.Extensions.Time.Testing;
using TaskQueue.RabbitMq.Connection;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Connection;

/// <summary>The time that a stop may take beyond its handlers.</summary>
public sealed class StopBudgetTests : IDisposable
{
    private static readonly TimeSpan Blink = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _clock = new();
    private readonly StopBudget _budget;

    public StopBudgetTests() => _budget = new StopBudget(_clock);

    [Fact]
    public void Its_three_ends_come_one_after_the_other_and_the_last_one_is_its_total()
    {
        using var closing = _budget.Start();
        Assert.Equal((StopBudget.ForWork, StopBudget.ForSettling, StopBudget.Total), (Await(_budget.EndOfWork), Await(_budget.EndOfSettling), Await(_budget.EndOfGoodbye)));
    }

    [Fact]
    public void Nothing_is_spent_while_nothing_closes()
    {
        _clock.Advance(TimeSpan.FromHours(1));
        using (_budget.Start())
        {
            _clock.Advance(StopBudget.ForWork - Blink);
        }

        _clock.Advance(TimeSpan.FromHours(1));
        Assert.False(_budget.EndOfWork.IsCancellationRequested);
    }

    [Fact]
    public void What_the_first_has_spent_the_next_one_lacks()
    {
        using (_budget.Start())
        {
            _clock.Advance(StopBudget.ForWork);
        }

        using var next = _budget.Start();
        Assert.Equal(StopBudget.Total, Await(_budget.EndOfGoodbye));
    }

    [Fact]
    public void Several_that_close_at_once_spend_it_once()
    {
        using (_budget.Start())
        {
            using (_budget.Start())
            {
                _clock.Advance(StopBudget.ForWork - Blink);
            }

            Assert.False(_budget.EndOfWork.IsCancellationRequested);
            _clock.Advance(Blink);
        }

        Assert.True(_budget.EndOfWork.IsCancellationRequested);
        Assert.False(_budget.EndOfSettling.IsCancellationRequested);
    }

    [Fact]
    public void When_it_is_spent_who_closes_next_does_not_wait_at_all()
    {
        using (_budget.Start())
        {
            _clock.Advance(StopBudget.Total);
        }

        using var next = _budget.Start();
        Assert.True(_budget.EndOfGoodbye.IsCancellationRequested);
    }

    public void Dispose() => _budget.Dispose();

    /// <summary>Lets time pass until this end comes.</summary>
    /// <returns>When that is, from the start of the test.</returns>
    private TimeSpan Await(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            _clock.Advance(Blink);
        }

        return _clock.GetUtcNow() - _clock.Start;
    }
}
