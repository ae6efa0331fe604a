using System.Globalization;
using Microsoft.Extensions.Logging;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// One round of tries: the nodes in random order, so that a fleet spreads over them, until one is connected. The next node is tried as soon as the one before has
/// failed, and beside it when that one says nothing, so that a paused node costs seconds; a node that stays silent is tried anew meanwhile, since a
/// connection that it took may be lost although the node is back. The first to connect wins, the others are let go.
/// </summary>
/// <param name="options">Where and how.</param>
/// <param name="name">The connection's name in the management UI.</param>
/// <param name="time">The clock.</param>
/// <param name="random">Random numbers from 0 to 1.</param>
/// <param name="logger">Handed to the connection.</param>
internal sealed class BrokerDialer(RabbitMqOptions options, string name, TimeProvider time, Func<double> random, ILogger logger)
{
    private readonly NodeDialer _nodes = new(options, BrokerAddress.Of(options), name, time, logger);

    public BrokerAddress Address { get; } = BrokerAddress.Of(options);

    /// <exception cref="BrokerAccessException">Of the nodes that answered, all refuse.</exception>
    public async Task<ConnectionEpoch> DialAsync(long number, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(RecoveryTimes.Round, time);
        using var round = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var waiting = new Queue<NodeAddress>(InRandomOrder());
        var tries = new Dictionary<Task<ConnectionEpoch>, NodeAddress>();
        var failures = new Dictionary<NodeAddress, Exception>();
        try
        {
            while (tries.Count > 0 || (waiting.Count > 0 && !round.IsCancellationRequested))
            {
                if (!round.IsCancellationRequested && waiting.TryDequeue(out var next))
                {
                    tries.Add(_nodes.DialAsync(next, number, round.Token), next);
                }

                if (tries.Count == 0)
                {
                    break;
                }

                if (await FirstToEndAsync(tries.Keys).ConfigureAwait(false) is not { } ended)
                {
                    waiting = waiting.Count > 0 ? waiting : new Queue<NodeAddress>(InRandomOrder());
                    continue;
                }

                tries.Remove(ended, out var node);
                if (ended.IsCompletedSuccessfully)
                {
                    return await ended.ConfigureAwait(false);
                }

                failures[node!] = FailureOf(ended);
            }
        }
        finally
        {
            await round.CancelAsync().ConfigureAwait(false);
            LetGo(tries.Keys);
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw Sum(failures);
    }

    /// <summary>The order of one round.</summary>
    internal IReadOnlyList<NodeAddress> InRandomOrder() => [.. Address.Nodes.OrderBy(_ => random())];

    private async Task<Task<ConnectionEpoch>?> FirstToEndAsync(IEnumerable<Task<ConnectionEpoch>> tries)
    {
        try
        {
            return await Task.WhenAny(tries).WaitAsync(RecoveryTimes.NextTry, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static Exception FailureOf(Task<ConnectionEpoch> ended) => ended.Exception?.InnerException
        ?? new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"no answer within {RecoveryTimes.Round.TotalSeconds} s"));

    private static Exception Sum(Dictionary<NodeAddress, Exception> failures) =>
        failures.Values.FirstOrDefault(failure => failure is BrokerAccessException)
        ?? (failures.Count == 1 ? failures.Values.Single() : new NodesUnreachableException(failures));

    private static void LetGo(IEnumerable<Task<ConnectionEpoch>> losers)
    {
        foreach (var loser in losers)
        {
            _ = DisposeLateAsync(loser);
        }
    }

    private static async Task DisposeLateAsync(Task<ConnectionEpoch> loser)
    {
        try
        {
            await (await loser.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It lost by failing.
        }
    }
}
