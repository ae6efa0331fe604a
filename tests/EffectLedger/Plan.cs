namespace TaskQueue.EffectLedger;

/// <summary>What is published: follows from the settings alone, so that each publisher knows its part of it, and the run how much there is. Stateless.</summary>
internal static class Plan
{
    /// <summary>Each task one to three times, in the order in which it is published.</summary>
    public static IReadOnlyList<Copy> Of(EffectSettings settings)
    {
        // One for all tasks: what generators of neighbouring seeds say first is much alike.
        var random = new Random(settings.Seed);
        return [.. Enumerable.Range(0, settings.Tasks).SelectMany(number => CopiesOf(number, random, settings)).OrderBy(copy => copy.Position)];
    }

    private static IEnumerable<Copy> CopiesOf(int number, Random random, EffectSettings settings)
    {
        var (copies, hasKey, sharesId) = (random.Next(1, 4), random.Next(3) > 0, random.Next(2) == 0);
        var task = TaskOf($"{(hasKey ? "key" : "id")}-{number}", random, settings);
        for (var copy = 0; copy < copies; copy++)
        {
            // Half of the duplicates come at once, the others at any time until a quarter of all is published.
            var distance = copy == 0 || random.Next(2) == 0 ? 0 : random.Next(1, (settings.Tasks / 4) + 2);
            var options = !hasKey ? new PublishOptions { TaskId = task.Key }
                : new PublishOptions { TaskId = sharesId ? $"shared-{number}" : $"copy-{number}-{copy}", IdempotencyKey = task.Key };
            yield return new Copy(task, options, number + distance, random.Next(settings.Publishers));
        }
    }

    private static EffectTask TaskOf(string key, Random random, EffectSettings settings)
    {
        var failures = random.Next(100) switch { < 90 => 0, < 97 => 1, _ => 2 };
        var lease = (int)(settings.Lease * 1000);

        // One in fifty runs longer than its lease, and of those one in three does not listen.
        return random.Next(50) == 0
            ? new EffectTask(key, failures, random.Next(lease, 2 * lease), IsDeaf: random.Next(3) == 0)
            : new EffectTask(key, failures, random.Next(3) == 0 ? random.Next(1, 60) : 0, IsDeaf: false);
    }
}
