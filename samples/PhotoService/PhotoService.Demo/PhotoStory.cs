using System.Diagnostics;
using PhotoService.Tasks;

namespace PhotoService.Demo;

/// <summary>The story of the demo: each stage makes something happen, shows it, and fails when it does not. The last one takes a database.</summary>
internal sealed class PhotoStory(PhotoClient client, PhotoStore store, DeadLetterQueue deadLetters, string uploads, ChargeStory? charge)
{
    private const int Backlog = 40;
    private static readonly string[] Files = ["sunset.jpg", "garden.jpg", "tower.jpg", "badge.png"];
    private static readonly int[] Sizes = [64, 128, 512];

    private readonly Dictionary<string, Accepted> _photos = [];
    private readonly List<ThumbnailFile> _thumbnails = [];
    private DeadLetter? _deadLetter;

    public async Task TellAsync()
    {
        Stage(1, "Uploads are answered at once, with a task id");
        await UploadAsync();
        Stage(2, "The worker writes thumbnails");
        await ShowThumbnailsAsync();
        Stage(3, "A flaky step is retried until it works");
        await ShowRetriesAsync();
        Stage(4, "A corrupt upload goes to the dead-letter queue, with its error");
        await ShowDeadLetterAsync();
        Stage(5, "A delayed follow-up comes on time, not early");
        await ShowFollowUpsAsync();
        Stage(6, $"An urgent task overtakes a backlog of {Backlog}");
        await ShowOvertakingAsync();
        if (charge is null)
            return;

        Stage(7, "A card is charged once, although its order comes three times and the worker is killed twice");
        await charge.TellAsync(_photos["tower.jpg"].PhotoId, Say);
    }

    public void PrintSummary(string? management)
    {
        Console.WriteLine();
        Console.WriteLine("Thumbnails:");
        foreach (var thumbnail in _thumbnails)
            Console.WriteLine($"  {thumbnail.Path}");

        Console.WriteLine($"Dead letter in '{deadLetters.Name}':");
        Console.WriteLine($"  task {_deadLetter!.TaskId}, {_deadLetter.Reason}: {_deadLetter.ErrorType}: {_deadLetter.ErrorMessage}");
        Console.WriteLine("RabbitMQ's management UI:");
        Console.WriteLine($"  {management}/#/queues/{Uri.EscapeDataString(deadLetters.VirtualHost)}/{deadLetters.Name}");
    }

    private async Task UploadAsync()
    {
        foreach (var file in Files)
            _photos[file] = await UploadAsync(file);
    }

    private async Task<Accepted> UploadAsync(string file)
    {
        var took = Stopwatch.StartNew();
        var accepted = await client.UploadAsync(Path.Combine(uploads, file));
        Say($"{file,-12} 202 in {took.ElapsedMilliseconds} ms: photo {accepted.PhotoId}, task {accepted.TaskId}");
        return accepted;
    }

    private async Task ShowThumbnailsAsync()
    {
        foreach (var (file, photo) in _photos)
        {
            await Expect.SoonAsync($"thumbnails of {file}", async () => await client.ShowAsync(photo.PhotoId) is { Ready: true } state ? state : null);
            var made = Sizes.Select(size => ThumbnailFile.Check(store, photo.PhotoId, size)).ToArray();
            Say($"{file,-12} {string.Join(", ", made.Select(thumbnail => $"{thumbnail.Width} × {thumbnail.Height} ({thumbnail.Bytes} bytes)"))}");
            _thumbnails.AddRange(made);
        }
    }

    private async Task ShowRetriesAsync()
    {
        foreach (var (file, photo) in _photos)
        {
            var attempts = await EventsAsync(photo, "notify-gallery", $"the gallery to take {file}", events => events is [.., { Error: null }]);
            foreach (var attempt in attempts)
                Say($"{file,-12} {attempt.At:HH:mm:ss.fff} attempt {attempt.Attempt}: {attempt.Error ?? "done"}");

            Expect.That(attempts.Count > 1, $"at least one retry for {file}");
        }
    }

    private async Task ShowDeadLetterAsync()
    {
        var corrupt = await UploadAsync("corrupt.jpg");
        _deadLetter = await Expect.SoonAsync($"the task {corrupt.TaskId} in '{deadLetters.Name}'", () => deadLetters.FindAsync(corrupt.TaskId));
        Say($"in '{deadLetters.Name}' after {_deadLetter.Attempts} attempt: {_deadLetter.Reason}");
        Say($"{_deadLetter.ErrorType}: {_deadLetter.ErrorMessage}");
        Expect.That(_deadLetter.ErrorMessage.Length > 0, "the error's message in the dead letter");
    }

    private async Task ShowFollowUpsAsync()
    {
        foreach (var (file, photo) in _photos)
        {
            var followUp = (await EventsAsync(photo, "send-follow-up", $"a follow-up for {file}", events => events.Count > 0))[0];
            Expect.That(followUp is { Error: null, DueAt: not null }, $"a due time and no error for {file}");
            var late = followUp.At - followUp.DueAt!.Value;
            Say($"{file,-12} due {followUp.DueAt:HH:mm:ss.fff}, done {followUp.At:HH:mm:ss.fff}: {late.TotalMilliseconds:0} ms after");
            Expect.That(late >= TimeSpan.Zero, "no follow-up before its time");
        }
    }

    private async Task ShowOvertakingAsync()
    {
        var (slow, urgent) = (_photos["sunset.jpg"], _photos["garden.jpg"]);
        var ordered = await Task.WhenAll(Enumerable.Range(0, Backlog).Select(_ => client.MakeThumbnailsAgainAsync(slow.PhotoId, "normal")));
        var last = await client.MakeThumbnailsAgainAsync(urgent.PhotoId, "high");
        Say($"published {ordered.Length} tasks of normal priority, then one of high priority: {last.TaskId}");

        var backlog = ordered.Select(task => task.TaskId).ToHashSet();
        var urgentDone = (await EventsAsync(urgent, "make-thumbnails", "the urgent task", events => events.Any(e => e.TaskId == last.TaskId)))
            .Single(e => e.TaskId == last.TaskId);
        var backlogDone = (await EventsAsync(slow, "make-thumbnails", "the whole backlog", events => events.Count(e => backlog.Contains(e.TaskId)) == Backlog))
            .Where(e => backlog.Contains(e.TaskId));

        var ends = backlogDone.Append(urgentDone).OrderBy(e => e.At).ToList();
        var place = ends.IndexOf(urgentDone) + 1;
        Say($"order of their ends: {string.Concat(ends.Select(e => e == urgentDone ? 'H' : 'n'))}");
        Say($"the high one was published as number {Backlog + 1} and done as number {place}");
        Expect.That(place <= Backlog / 2, "the urgent task to overtake at least half of the backlog");
    }

    private Task<IReadOnlyList<PhotoEvent>> EventsAsync(
        Accepted photo, string taskType, string expectation, Func<IReadOnlyList<PhotoEvent>, bool> isEnough) =>
        Expect.SoonAsync<IReadOnlyList<PhotoEvent>>(expectation, async () =>
        {
            var state = await client.ShowAsync(photo.PhotoId);
            var events = state.History.Where(e => e.TaskType == taskType).ToArray();
            return isEnough(events) ? events : null;
        });

    private void Stage(int number, string title)
    {
        Console.WriteLine();
        Console.WriteLine($"[{number}/{(charge is null ? 6 : 7)}] {title}");
    }

    private static void Say(string line) => Console.WriteLine($"      {line}");
}
