using Microsoft.Extensions.Time.Testing;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>A clock that runs like any other, or so many times as fast, and can jump.</summary>
internal sealed class TickingClock : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _ticking;

    public TickingClock(int speed = 1) => _ticking = TickAsync(speed);

    public FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow());

    public void Jump(TimeSpan span) => Time.Advance(span);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _ticking;
        _stop.Dispose();
    }

    private async Task TickAsync(int speed)
    {
        using var timer = new PeriodicTimer(Tick);
        while (!_stop.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            Time.Advance(Tick * speed);
        }
    }
}
