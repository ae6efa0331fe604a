namespace PhotoService.Demo;

/// <summary>The stage in which everything goes wrong with a charge, and the card is charged once.</summary>
internal sealed class ChargeStory(PhotoClient client, CardStatement statement, string billingAssembly)
{
    private const int Copies = 3;
    private const int Prints = 20;

    private readonly string _card = $"card_{Guid.CreateVersion7():N}";
    private readonly Guid _orderId = Guid.CreateVersion7();

    public async Task TellAsync(Guid photoId, Action<string> say)
    {
        for (var i = 0; i < Copies; i++)
        {
            var accepted = await client.OrderPrintsAsync(photoId, _orderId, _card, Prints);
            say($"order {_orderId} sent: 202, task {accepted.TaskId}");
        }

        await DieAsync(CrashStep.BeforeCommit, "in the middle of the charge, before its commit", expectedCharges: 0, say);
        await DieAsync(CrashStep.AfterCommit, "right after the commit, before the acknowledgement", expectedCharges: 1, say);

        using var billing = BillingProcess.Start(billingAssembly);
        await billing.WaitForLinesAsync("(charge-card) was discarded: duplicate", Copies);
        say($"worker {billing.Id} works; all {Copies} tasks came to it, each was discarded as a duplicate of the one that is done");

        var charge = Assert(await statement.ReadAsync(_card), expected: 1).Single();
        say($"{_card} is charged once: {charge.Amount} for order {charge.OrderId}");
    }

    private async Task DieAsync(CrashStep step, string when, int expectedCharges, Action<string> say)
    {
        using var billing = BillingProcess.StartDoomed(step, _orderId);
        await billing.WaitForDeathAsync();
        var charges = Assert(await statement.ReadAsync(_card), expectedCharges);
        say($"worker {billing.Id} is killed {when}: charges on the card: {charges.Count}");
    }

    private IReadOnlyList<Charge> Assert(IReadOnlyList<Charge> charges, int expected)
    {
        Expect.That(charges.Count == expected, $"the card to have {expected} charges, got {charges.Count}");
        Expect.That(charges.All(charge => charge.OrderId == _orderId), $"only charges for order {_orderId}");
        return charges;
    }
}
