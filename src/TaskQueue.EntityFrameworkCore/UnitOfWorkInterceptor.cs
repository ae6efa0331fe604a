using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace TaskQueue.EntityFrameworkCore;

/// <summary>
/// Keeps a <see cref="DbContext"/> within a unit of work: opening its connection begins the transaction, <c>SaveChanges</c> joins it (so that it makes a savepoint, and no
/// transaction of its own), and closing is left to the unit of work. One for each attempt.
/// </summary>
internal sealed class UnitOfWorkInterceptor(PostgreSqlUnitOfWork work) : DbConnectionInterceptor, ISaveChangesInterceptor
{
    public override InterceptionResult ConnectionOpening(DbConnection connection, ConnectionEventData eventData, InterceptionResult result)
    {
        if (!IsOurs(connection))
        {
            return result;
        }

        work.Begin();
        return InterceptionResult.Suppress();
    }

    public override async ValueTask<InterceptionResult> ConnectionOpeningAsync(DbConnection connection, ConnectionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        if (!IsOurs(connection))
        {
            return result;
        }

        await work.BeginAsync(cancellationToken).ConfigureAwait(false);
        return InterceptionResult.Suppress();
    }

    public override InterceptionResult ConnectionClosing(DbConnection connection, ConnectionEventData eventData, InterceptionResult result) =>
        IsOurs(connection) ? InterceptionResult.Suppress() : result;

    public override ValueTask<InterceptionResult> ConnectionClosingAsync(DbConnection connection, ConnectionEventData eventData, InterceptionResult result) =>
        new(ConnectionClosing(connection, eventData, result));

    public InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        if (eventData.Context?.Database is { CurrentTransaction: null } database && IsOurs(database.GetDbConnection()))
        {
            database.UseTransaction(work.Begin());
        }

        return result;
    }

    public async ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context?.Database is { CurrentTransaction: null } database && IsOurs(database.GetDbConnection()))
        {
            await database.UseTransactionAsync(await work.BeginAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }

        return result;
    }

    // A context may be given another connection later.
    private bool IsOurs(DbConnection connection) => ReferenceEquals(connection, work.Connection);
}
