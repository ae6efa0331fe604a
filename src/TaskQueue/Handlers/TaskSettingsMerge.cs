using System.Text;
using TaskQueue.Pipeline;

namespace TaskQueue.Handlers;

/// <summary>
/// Merges the layers of one task type into its settings, the first layer that says something winning, notes the origin of each
/// value, and checks the ranges that the documentation of <see cref="TaskOptions"/> names. One instance serves one task type.
/// </summary>
internal sealed class TaskSettingsMerge(
    string taskType,
    IReadOnlyList<(string Origin, TaskSettingsLayer Layer)> layers,
    IReadOnlyList<Type> common,
    ICollection<string> faults)
{
    private const int MaxQueueNameBytes = 200;
    private const int MaxPrefetch = 65_535;

    private readonly List<SettingOrigin> _origins = [];

    public IReadOnlyList<SettingOrigin> Origins => _origins;

    public TaskSettings Merge()
    {
        var concurrency = Pick(nameof(TaskOptions.Concurrency), layer => layer.Concurrency, TaskSettings.DefaultConcurrency);
        var settings = new TaskSettings
        {
            Concurrency = concurrency,
            Prefetch = Pick(nameof(TaskOptions.Prefetch), layer => layer.Prefetch, (int)Math.Clamp(4L * concurrency, 1, MaxPrefetch)),
            Timeout = Pick(nameof(TaskOptions.Timeout), layer => layer.Timeout, TaskSettings.DefaultTimeout),
            MaxCrashes = Pick(nameof(TaskOptions.MaxCrashes), layer => layer.MaxCrashes, TaskSettings.DefaultMaxCrashes),
            CancelOnConnectionLoss = Pick(nameof(TaskOptions.CancelOnConnectionLoss), layer => layer.CancelOnConnectionLoss, true),
            ConsumerTimeout = PickOptional(nameof(TaskOptions.ConsumerTimeout), layer => layer.ConsumerTimeout, "by the other settings"),
            Retry = PickReference(nameof(TaskOptions.Retry), layer => layer.Retry, RetryPolicy.Default)!,
            MaxAge = Pick(nameof(TaskOptions.MaxAge), layer => layer.MaxAge, TaskSettings.DefaultMaxAge),
            Priorities = Pick(nameof(TaskOptions.Priorities), layer => layer.Priorities, PriorityMode.Native),
            Queue = PickReference(nameof(TaskOptions.Queue), layer => layer.Queue, null, "by convention"),
            MaxLength = PickOptional(nameof(TaskOptions.MaxLength), layer => layer.MaxLength),
            Serializer = PickReference(nameof(TaskOptions.Serializer), layer => layer.Serializer, TaskSerializers.MessagePack)!,
            IdempotencyKey = PickReference(nameof(TaskSettings.IdempotencyKey), layer => layer.IdempotencyKey, null, "the task id"),
            Idempotency = Idempotency(),
            Resilience = PickReference(nameof(TaskOptions.Resilience), layer => layer.Resilience, null),
            FormerQueues = PickReference(nameof(TaskOptions.FormerQueues), layer => layer.FormerQueues.Count > 0 ? layer.FormerQueues.ToArray() : null, [])!,
            Middleware = Middleware(),
        };
        Check(settings);
        return settings;
    }

    private IdempotencySettings Idempotency() => new()
    {
        Enabled = Pick(Idempotent(nameof(IdempotencyOptions.Enabled)), layer => layer.Idempotency.Enabled, true),
        Retention = Pick(Idempotent(nameof(IdempotencyOptions.Retention)), layer => layer.Idempotency.Retention, IdempotencySettings.DefaultRetention),
        Lease = Pick(Idempotent(nameof(IdempotencyOptions.Lease)), layer => layer.Idempotency.Lease, IdempotencySettings.DefaultLease),
        WhenStoreIsAway = Pick(Idempotent(nameof(IdempotencyOptions.WhenStoreIsAway)), layer => layer.Idempotency.WhenStoreIsAway, StoreOutage.Defer),
    };

    private static string Idempotent(string setting) => $"{IdempotencyLayer.Section}.{setting}";

    private T Pick<T>(string name, Func<TaskSettingsLayer, T?> get, T standard)
        where T : struct
    {
        foreach (var (origin, layer) in layers)
        {
            if (get(layer) is { } value)
            {
                return Note(name, value, origin);
            }
        }

        return Note(name, standard, SettingText.Default);
    }

    private T? PickOptional<T>(string name, Func<TaskSettingsLayer, T?> get, string? standardText = null)
        where T : struct
    {
        var giver = layers.FirstOrDefault(candidate => get(candidate.Layer) is not null);
        return giver.Layer is null ? Note<T?>(name, null, SettingText.Default, standardText) : Note(name, get(giver.Layer), giver.Origin);
    }

    private T? PickReference<T>(string name, Func<TaskSettingsLayer, T?> get, T? standard, string? standardText = null)
        where T : class
    {
        var giver = layers.FirstOrDefault(candidate => get(candidate.Layer) is not null);
        return giver.Layer is null ? Note(name, standard, SettingText.Default, standardText) : Note(name, get(giver.Layer), giver.Origin);
    }

    // Those for all task types are outside, in the order of their registration.
    private Type[] Middleware()
    {
        Type[] all = [.. common, .. layers.SelectMany(candidate => candidate.Layer.Middleware)];
        return Note(nameof(Middleware), all, all.Length > 0 ? SettingText.Code : SettingText.Default);
    }

    private T Note<T>(string name, T value, string origin, string? text = null)
    {
        _origins.Add(new SettingOrigin(name, text ?? SettingText.Of(value), origin));
        return value;
    }

    private void Check(TaskSettings settings)
    {
        RangeCheck.Check(faults, Named(nameof(settings.Concurrency)), settings.Concurrency, 1, 10_000);
        RangeCheck.Check(faults, Named(nameof(settings.Prefetch)), settings.Prefetch, 1, MaxPrefetch);
        RangeCheck.Check(faults, Named(nameof(settings.MaxAge)), settings.MaxAge, TimeSpan.FromSeconds(1), DelayRange.Longest);
        RangeCheck.Check(faults, Named(nameof(settings.MaxCrashes)), settings.MaxCrashes, 1, 100);
        RangeCheck.Check(faults, Named(nameof(settings.ConsumerTimeout)), settings.ConsumerTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365));
        RangeCheck.Check(faults, Named(nameof(settings.MaxLength)), settings.MaxLength, 1, 10_000_000);
        if (settings.Timeout != Timeout.InfiniteTimeSpan)
        {
            RangeCheck.Check(faults, Named(nameof(settings.Timeout)), settings.Timeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(24));
        }

        if (!Enum.IsDefined(settings.Priorities))
        {
            faults.Add($"{Named(nameof(settings.Priorities))} is '{settings.Priorities}'; choose one of {nameof(PriorityMode)}'s values.");
        }

        CheckPrefetch(settings);
        CheckQueues(settings);
        CheckIdempotency();
    }

    // Of the type's own layers alone: what is said for all types is checked once, for all.
    private void CheckIdempotency()
    {
        foreach (var (_, layer) in layers.Where(candidate => candidate.Origin is SettingText.Code or SettingText.Configuration))
        {
            layer.Idempotency.FindFaults(faults, $" of the task type '{taskType}'");
        }
    }

    // Fewer messages than slots would leave slots empty for ever, which is never what was meant.
    private void CheckPrefetch(TaskSettings settings)
    {
        if (settings.Prefetch is >= 1 and <= MaxPrefetch && settings.Concurrency <= 10_000 && settings.Prefetch < settings.Concurrency)
        {
            faults.Add($"{Named(nameof(settings.Prefetch))} is '{settings.Prefetch}', less than its 'Concurrency' of '{settings.Concurrency}': "
                + "raise it to at least that, or leave it out (4 × 'Concurrency').");
        }
    }

    private void CheckQueues(TaskSettings settings)
    {
        if (settings.Queue is { } queue)
        {
            CheckQueueName(nameof(settings.Queue), queue);
        }

        foreach (var former in settings.FormerQueues)
        {
            CheckQueueName(nameof(settings.FormerQueues), former);
            if (former == settings.Queue)
            {
                faults.Add($"{Named(nameof(settings.FormerQueues))} names '{former}', which is its present queue: remove it there.");
            }
        }
    }

    private void CheckQueueName(string setting, string name)
    {
        var wrong = string.IsNullOrWhiteSpace(name) ? "it is empty"
            : Encoding.UTF8.GetByteCount(name) > MaxQueueNameBytes ? $"it is longer than {MaxQueueNameBytes} bytes of UTF-8"
            : name.StartsWith("amq.", StringComparison.Ordinal) ? "names that start with 'amq.' belong to the broker"
            : name.Any(char.IsControl) ? "it contains a control character"
            : null;
        if (wrong is not null)
        {
            faults.Add($"{Named(setting)} is '{name}', which is no valid queue name: {wrong}. Choose another name.");
        }
    }

    private string Named(string setting) => $"'{setting}' of the task type '{taskType}'";
}
