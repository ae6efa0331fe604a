using TaskQueue.Pipeline;
using Xunit;

namespace TaskQueue.Tests.Pipeline;

public sealed class UniqueOptionsTests : IAsyncDisposable
{
    private readonly PipelineBench _bench = new();

    [Fact]
    public void A_key_is_kept_as_it_is_or_as_its_hash_where_it_is_long()
    {
        var lengthy = new string('k', 10_000);

        Assert.Equal("k:7", Mark(new UniqueOptions { Key = "k:7" }).Key);
        Assert.Matches("^sha256:[0-9a-f]{64}$", Mark(new UniqueOptions { Key = lengthy }).Key);
        Assert.NotEqual(Mark(new UniqueOptions { Key = lengthy }).Key, Mark(new UniqueOptions { Key = lengthy + "k" }).Key);
    }

    [Fact]
    public void By_default_a_duplicate_is_skipped_for_an_hour()
    {
        var mark = Mark(new UniqueOptions { Key = "k" });

        Assert.Equal((TimeSpan.FromHours(1), DuplicateAction.Skip), (mark.Window, mark.OnDuplicate));
    }

    [Fact]
    public void What_is_out_of_range_is_refused()
    {
        Refused("'Unique.Key' is empty", new UniqueOptions { Key = "" });
        Refused("'Unique.Window' is between", new UniqueOptions { Key = "k", Window = TimeSpan.FromMilliseconds(999) });
        Refused("'Unique.Window' is between", new UniqueOptions { Key = "k", Window = TimeSpan.FromDays(365.1) });
        Refused("'7' is nothing to do", new UniqueOptions { Key = "k", OnDuplicate = (DuplicateAction)7 });
    }

    [Fact]
    public void A_unique_key_belongs_to_one_task_and_to_no_batch()
    {
        var factory = (PublishContextFactory)_bench.Services.GetService(typeof(PublishContextFactory))!;

        var error = Assert.Throws<ArgumentException>(() => factory.CheckBatch(new PublishOptions { Unique = new UniqueOptions { Key = "k" } }));

        Assert.Contains("no Unique", error.Message, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private UniqueMark Mark(UniqueOptions options) => _bench.CreatePublication(new PublishOptions { Unique = options }).Envelope.Unique!;

    private void Refused(string message, UniqueOptions options) =>
        Assert.Contains(message, Assert.ThrowsAny<ArgumentException>(() => Mark(options)).Message, StringComparison.Ordinal);
}
