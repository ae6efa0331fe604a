using TaskQueue.EffectLedger;
using TaskQueue.EffectLedger.Accounts;
using TaskQueue.EffectLedger.Chaos;

namespace TaskQueue.PostgreSql.FaultTests.Effects;

/// <summary>What the ledger of effects takes for explained, and what not. Seconds, of a lease of two.</summary>
[Trait("Category", "Quick")]
public sealed class JudgeTests
{
    private readonly FaultHistory _faults = new();
    private readonly Judge _judge;

    public JudgeTests() => _judge = new Judge(_faults, TimeSpan.FromSeconds(2));

    [Fact]
    public void Runs_one_after_the_other_do_not_overlap() => Assert.Null(_judge.Overlap(Run(0, 1), Run(1, 2)));

    [Fact]
    public void Two_runs_side_by_side_are_wrong_although_a_lease_has_passed_since_the_first_one_began() => Assert.False(_judge.Overlap(Run(0, 5), Run(4, 6))!.IsRight);

    [Fact]
    public void One_beside_a_worker_that_was_paused_for_longer_than_its_lease_is_right()
    {
        Strike(FaultKind.WorkerPaused, "worker-0", 1, 5);

        Assert.True(_judge.Overlap(Run(0, 6), Run(4, 5))!.IsRight);
    }

    [Fact]
    public void One_that_is_paused_before_its_handler_begins_is_beside_the_one_that_took_its_key_meanwhile()
    {
        Strike(FaultKind.WorkerPaused, "worker-0", 0, 5);

        Assert.True(_judge.Overlap(new Run(0, "worker-0", Seconds(5)) { EndedAt = Seconds(6) }, Run(3, 5.5))!.IsRight);
    }

    [Fact]
    public void One_beside_a_worker_that_got_no_processor_for_some_naps_is_right()
    {
        Strike(FaultKind.MachineStalled, "worker-0", 1, 1.7);
        Assert.False(_judge.Overlap(Run(0, 6), Run(4, 5))!.IsRight);
        Strike(FaultKind.MachineStalled, "worker-0", 1.71, 2.3);
        Assert.True(_judge.Overlap(Run(0, 6), Run(4, 5))!.IsRight);
    }

    [Fact]
    public void The_pause_of_another_worker_and_that_which_came_later_explain_nothing()
    {
        Strike(FaultKind.WorkerPaused, "worker-1", 1, 4);
        Strike(FaultKind.WorkerPaused, "worker-0", 4, 9);

        Assert.False(_judge.Overlap(Run(0, 6), Run(4, 5))!.IsRight);
    }

    [Fact]
    public void A_run_of_a_worker_that_was_killed_ends_with_it()
    {
        Strike(FaultKind.WorkerKilled, "worker-0", 1, 1);

        Assert.Null(_judge.Overlap(Run(0, null), Run(3, 4)));
        Assert.NotNull(_judge.Overlap(new Run(Seconds(0), "worker-1", Seconds(0)), Run(3, 4)));
    }

    [Fact]
    public void A_key_is_taken_after_it_was_given_back_or_its_lease_has_ended()
    {
        Assert.True(_judge.Taking(Run(0, 1), Run(1.5, 2), gaveBack: true).IsRight);
        Assert.True(_judge.Taking(Run(0, 1), Run(2.1, 3), gaveBack: false).IsRight);
        Assert.False(_judge.Taking(Run(0, 1), Run(1.5, 2), gaveBack: false).IsRight);
        Assert.False(_judge.Taking(Run(0, 1), Run(0.5, 2), gaveBack: true).IsRight);
    }

    [Fact]
    public void A_lease_that_was_renewed_ends_later()
    {
        var renewed = Run(0, null);
        renewed.ExtendedAt = Seconds(1);

        Assert.False(_judge.Taking(renewed, Run(2.1, 3), gaveBack: false).IsRight);
        Assert.True(_judge.Taking(renewed, Run(3.1, 4), gaveBack: false).IsRight);
    }

    [Fact]
    public void An_effect_that_was_recorded_is_not_repeated_unless_Redis_was_killed_at_once()
    {
        Assert.False(_judge.Repetition(Effect(0, NoteKind.Recorded, 1), Run(10, 11)).IsRight);
        Strike(FaultKind.StoreKilled, "store", 6, 7);
        Assert.False(_judge.Repetition(Effect(0, NoteKind.Recorded, 1), Run(10, 11)).IsRight);
        Assert.True(_judge.Repetition(Effect(4, NoteKind.Recorded, 5), Run(10, 11)).IsRight);
        Assert.False(_judge.Repetition(Effect(0, NoteKind.Recorded, 5), Run(5.5, 11)).IsRight);
    }

    [Fact]
    public void An_effect_whose_worker_was_killed_before_its_record_may_be_repeated()
    {
        Assert.False(_judge.Repetition(Effect(0, null, 0), Run(10, 11)).IsRight);
        Strike(FaultKind.WorkerKilled, "worker-0", 1, 2);
        Assert.True(_judge.Repetition(Effect(0, null, 0), Run(10, 11)).IsRight);
        Assert.False(_judge.Repetition(Effect(3, null, 0), Run(10, 11)).IsRight);
    }

    [Fact]
    public void An_effect_whose_record_was_refused_may_be_repeated_where_its_worker_was_paused()
    {
        Assert.False(_judge.Repetition(Effect(0, NoteKind.Refused, 5), Run(3, 4)).IsRight);
        Strike(FaultKind.WorkerPaused, "worker-0", 1, 4);
        Assert.True(_judge.Repetition(Effect(0, NoteKind.Refused, 5), Run(3, 4)).IsRight);
        Assert.True(_judge.Repetition(Effect(0, NoteKind.Unanswered, 5), Run(3, 4)).IsRight);
    }

    [Fact]
    public void An_effect_that_no_answer_came_for_may_be_repeated_where_the_store_was_away()
    {
        Assert.False(_judge.Repetition(Effect(0, NoteKind.Unanswered, 3), Run(4, 5)).IsRight);
        Strike(FaultKind.StorePaused, "store", 1, 9);
        Assert.True(_judge.Repetition(Effect(0, NoteKind.Unanswered, 3), Run(4, 5)).IsRight);
    }

    private static long Seconds(double seconds) => (long)(seconds * 1e6);

    private static Run Run(double startedAt, double? endedAt) =>
        new(Seconds(startedAt), "worker-0", Seconds(startedAt)) { EndedAt = endedAt is { } end ? Seconds(end) : null, End = endedAt is null ? null : NoteKind.Completed };

    private static Run Effect(double at, NoteKind? answer, double answeredAt) =>
        new(Seconds(at), "worker-0", Seconds(at)) { EffectAt = Seconds(at), EndedAt = Seconds(at), End = NoteKind.Completed, Answer = answer, AnsweredAt = Seconds(answeredAt) };

    private void Strike(FaultKind kind, string target, double from, double to) => _faults.Add(new Strike(kind, target, Seconds(from), Seconds(to)));
}
