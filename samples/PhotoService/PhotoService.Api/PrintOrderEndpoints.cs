using PhotoService.Tasks;
using TaskQueue;

namespace PhotoService.Api;

/// <summary>Takes orders of prints, which the billing worker charges.</summary>
public static class PrintOrderEndpoints
{
    private const int MostPrints = 100;
    private const decimal Price = 0.35m;

    /// <summary>Adds <c>/photos/{id}/orders</c> to the application.</summary>
    public static void MapPrintOrders(this IEndpointRouteBuilder app) => app.MapPut("/photos/{photoId:guid}/orders/{orderId:guid}", OrderAsync);

    // Who clicks twice, or got no answer, sends the same order again. Each call publishes a task of its own; by the order's id they are one charge.
    private static async Task<IResult> OrderAsync(
        Guid photoId, Guid orderId, PrintOrder order, PhotoStore photos, PhotoTaskPublisher tasks, CancellationToken cancellationToken)
    {
        if (order.Prints is < 1 or > MostPrints || string.IsNullOrWhiteSpace(order.Card))
            return Results.Problem($"An order names a card, and 1 to {MostPrints} prints.", statusCode: StatusCodes.Status400BadRequest);

        return photos.Exists(photoId)
            ? await tasks.PublishAsync(
                new ChargeCard(orderId, photoId, order.Card, order.Prints * Price),
                new PublishOptions(),
                "The order could not be taken now. Send it again later: it is charged once.",
                cancellationToken)
            : Results.NotFound();
    }

    private sealed record PrintOrder(string Card, int Prints);
}
