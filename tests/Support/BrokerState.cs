using System.Text.Json;

namespace TaskQueue.Tests.Support;

/// <summary>A queue, as the management API shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type"><c>quorum</c>, <c>classic</c> or <c>stream</c>.</param>
/// <param name="Durable">Whether it outlives the broker.</param>
/// <param name="Arguments">What it was declared with.</param>
/// <param name="Messages">Ready and unacknowledged messages, up to half a second old; null for a queue just declared.</param>
/// <param name="MessagesUnacknowledged">Messages handed out and not settled, of the same age.</param>
/// <param name="Consumers">How many consumers it has, of the same age.</param>
/// <param name="Policy">Name of the policy in force, or null.</param>
public sealed record QueueState(
    string Name,
    string Type,
    bool Durable,
    IReadOnlyDictionary<string, JsonElement> Arguments,
    int? Messages,
    int? MessagesUnacknowledged,
    int? Consumers,
    string? Policy);

/// <summary>An exchange, as the management API shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type"><c>direct</c>, <c>topic</c>, <c>fanout</c> or <c>headers</c>.</param>
/// <param name="Durable">Whether it outlives the broker.</param>
/// <param name="Internal">Whether clients may not publish to it.</param>
/// <param name="Arguments">What it was declared with, such as its alternate exchange.</param>
public sealed record ExchangeState(string Name, string Type, bool Durable, bool Internal, IReadOnlyDictionary<string, JsonElement> Arguments);

/// <summary>A binding, as the management API shows it.</summary>
/// <param name="Source">Exchange it leads from.</param>
/// <param name="Destination">Queue or exchange it leads to.</param>
/// <param name="DestinationType"><c>queue</c> or <c>exchange</c>.</param>
/// <param name="RoutingKey">Routing key or topic pattern.</param>
/// <param name="Arguments">What it was bound with.</param>
public sealed record BindingState(
    string Source, string Destination, string DestinationType, string RoutingKey, IReadOnlyDictionary<string, JsonElement> Arguments);

/// <summary>A connection, as the management API shows it.</summary>
/// <param name="Name">The broker's name for it: both ends' addresses.</param>
/// <param name="UserProvidedName">The client's name for it, or null.</param>
/// <param name="User">Who logged in.</param>
/// <param name="State"><c>running</c>, <c>blocked</c>, <c>flow</c> and others; null for one just opened.</param>
public sealed record ConnectionState(string Name, string? UserProvidedName, string? User, string? State);
