namespace TaskQueue.PostgreSql.UnitOfWork;

/// <param name="Key">The effect.</param>
/// <param name="FencingToken">The attempt's token; 0 where nothing is to be marked.</param>
/// <param name="Retention">How long the mark is kept.</param>
internal readonly record struct DoneMark(IdempotencyKey Key, long FencingToken, TimeSpan Retention);
