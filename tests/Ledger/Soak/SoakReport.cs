namespace TaskQueue.Ledger.Soak;

/// <summary>What a soak says while it runs: a line a minute, with the faults of that minute and how long each took to recover from. Not thread-safe.</summary>
internal sealed class SoakReport
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    private readonly List<string> _line = [];
    private TimeSpan _slowest;
    private string _slowestFault = "none";
    private int _minute;

    public int Faults { get; private set; }

    /// <summary>Recoveries that took more than ten seconds.</summary>
    public int Slow { get; private set; }

    public int NotRecovered { get; private set; }

    public string Slowest => $"{_slowest.TotalSeconds:F1} s ({_slowestFault})";

    public void Add(TimeSpan at, Strike strike, TimeSpan? recovery, Account account)
    {
        if ((int)at.TotalMinutes > _minute)
        {
            Flush(account);
            _minute = (int)at.TotalMinutes;
        }

        Faults++;
        Count(strike, recovery);
        _line.Add($"{at:mm\\:ss} {strike} ({(recovery is { } took ? $"{took.TotalSeconds:F1} s" : "NOT RECOVERED")})");
    }

    public void Flush(Account account)
    {
        Console.WriteLine($"{account.Confirmed:N0} confirmed, {account.Completed:N0} completed: {string.Join("; ", _line)}");
        _line.Clear();
    }

    private void Count(Strike strike, TimeSpan? recovery)
    {
        if (recovery is not { } took)
        {
            NotRecovered++;
            return;
        }

        Slow += took > Bound ? 1 : 0;
        if (took > _slowest)
        {
            (_slowest, _slowestFault) = (took, strike.ToString());
        }
    }
}
