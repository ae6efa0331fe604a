using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace TaskQueue.Tests.Support;

/// <summary>
/// The part of RabbitMQ's HTTP API that tests need: to arrange (virtual hosts, users, policies, definitions) and to look
/// (queues, exchanges, bindings, connections). Messages go over AMQP, see <see cref="VirtualHost"/>. Safe from many threads.
/// <para>The API's numbers of messages are up to half a second old; <see cref="VirtualHost.CountReadyAsync"/> is exact.</para>
/// </summary>
public sealed class ManagementClient : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly HttpClient _http;

    /// <summary>Prepares a client; nothing is sent yet.</summary>
    /// <param name="address">Root of the management UI, such as <c>http://localhost:15672</c>.</param>
    /// <param name="userName">A user with the tag <c>administrator</c>.</param>
    /// <param name="password">Its password.</param>
    public ManagementClient(Uri address, string userName, string password)
    {
        Address = address;
        // Below the broker's own limit, so that no request meets a connection that the broker is just closing.
        // To delete a virtual host with a delay line takes a busy machine long.
        _http = new HttpClient(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10) }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{userName}:{password}"));
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", credentials);
    }

    /// <summary>Root address, as given.</summary>
    public Uri Address { get; }

    /// <summary>User and password of an AMQP address, unescaped; <c>guest</c> where it names none.</summary>
    /// <param name="amqpUri">The address.</param>
    public static (string UserName, string Password) CredentialsOf(Uri amqpUri)
    {
        var parts = amqpUri.UserInfo.Split(':', 2);
        return parts is [{ Length: > 0 } userName, var password]
            ? (Uri.UnescapeDataString(userName), Uri.UnescapeDataString(password))
            : ("guest", "guest");
    }

    /// <summary>The version that the server reports.</summary>
    public async Task<Version> GetServerVersionAsync()
    {
        var overview = await GetAsync<JsonElement>("api/overview");
        // A pre-release says "4.4.0-beta.1".
        return Version.Parse(overview.GetProperty("rabbitmq_version").GetString()!.Split('-')[0]);
    }

    /// <summary>Creates a virtual host; one that is there already is kept.</summary>
    /// <param name="name">Its name.</param>
    public Task CreateVirtualHostAsync(string name) => PutAsync($"api/vhosts/{Escape(name)}", new { });

    /// <summary>Deletes a virtual host with everything in it.</summary>
    /// <param name="name">Its name; nothing happens when there is none.</param>
    public Task DeleteVirtualHostAsync(string name) => DeleteAsync($"api/vhosts/{Escape(name)}");

    /// <summary>Creates a user without tags, or sets its password.</summary>
    /// <param name="name">User name.</param>
    /// <param name="password">Password.</param>
    public Task CreateUserAsync(string name, string password) => PutAsync($"api/users/{Escape(name)}", new { password, tags = "" });

    /// <summary>Deletes a user; its connections are closed.</summary>
    /// <param name="name">User name.</param>
    public Task DeleteUserAsync(string name) => DeleteAsync($"api/users/{Escape(name)}");

    /// <summary>Sets what a user may do in a virtual host, in place of what was set before.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    /// <param name="userName">User name.</param>
    /// <param name="permissions">What the user may do.</param>
    public Task SetPermissionsAsync(string virtualHost, string userName, UserPermissions permissions) =>
        PutAsync($"api/permissions/{Escape(virtualHost)}/{Escape(userName)}", permissions);

    /// <summary>All queues of a virtual host.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    public Task<IReadOnlyList<QueueState>> GetQueuesAsync(string virtualHost) =>
        GetAsync<IReadOnlyList<QueueState>>($"api/queues/{Escape(virtualHost)}");

    /// <summary>One queue, or null when there is none of that name.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    /// <param name="queue">Name of the queue.</param>
    public Task<QueueState?> FindQueueAsync(string virtualHost, string queue) =>
        FindAsync<QueueState>($"api/queues/{Escape(virtualHost)}/{Escape(queue)}");

    /// <summary>All exchanges of a virtual host but the broker's own (<c>amq.*</c> and the default one).</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    public async Task<IReadOnlyList<ExchangeState>> GetExchangesAsync(string virtualHost)
    {
        var all = await GetAsync<IReadOnlyList<ExchangeState>>($"api/exchanges/{Escape(virtualHost)}");
        return [.. all.Where(exchange => exchange.Name.Length > 0 && !exchange.Name.StartsWith("amq.", StringComparison.Ordinal))];
    }

    /// <summary>One exchange, or null when there is none of that name.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    /// <param name="exchange">Name of the exchange.</param>
    public Task<ExchangeState?> FindExchangeAsync(string virtualHost, string exchange) =>
        FindAsync<ExchangeState>($"api/exchanges/{Escape(virtualHost)}/{Escape(exchange)}");

    /// <summary>All bindings of a virtual host but those of the default exchange, which each queue has by itself.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    public async Task<IReadOnlyList<BindingState>> GetBindingsAsync(string virtualHost)
    {
        var all = await GetAsync<IReadOnlyList<BindingState>>($"api/bindings/{Escape(virtualHost)}");
        return [.. all.Where(binding => binding.Source.Length > 0)];
    }

    /// <summary>The open connections to a virtual host, those of the tests' own helpers included.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    public Task<IReadOnlyList<ConnectionState>> GetConnectionsAsync(string virtualHost) =>
        GetAsync<IReadOnlyList<ConnectionState>>($"api/vhosts/{Escape(virtualHost)}/connections");

    /// <summary>Has the broker close a connection, as an operator does from the management UI.</summary>
    /// <param name="name">The broker's name for it, <see cref="ConnectionState.Name"/>.</param>
    public Task CloseConnectionAsync(string name) => DeleteAsync($"api/connections/{Escape(name)}");

    /// <summary>Whether an alarm of memory or disk is in force in the cluster.</summary>
    public async Task<bool> HasAlarmsAsync()
    {
        using var response = await _http.GetAsync("api/health/checks/alarms");
        if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            return true;
        await RequireSuccessAsync(response);
        return false;
    }

    /// <summary>Sets a policy, in place of one of the same name. It takes effect within moments, not at once.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    /// <param name="name">Name of the policy.</param>
    /// <param name="pattern">Regular expression over names.</param>
    /// <param name="definition">The policy, such as <c>["delivery-limit"] = 5</c>.</param>
    /// <param name="applyTo"><c>queues</c>, <c>quorum_queues</c>, <c>exchanges</c> or <c>all</c>.</param>
    /// <param name="priority">The highest of those that match wins.</param>
    public Task PutPolicyAsync(
        string virtualHost, string name, string pattern, IReadOnlyDictionary<string, object> definition, string applyTo = "queues", int priority = 0) =>
        PutAsync($"api/policies/{Escape(virtualHost)}/{Escape(name)}", new Dictionary<string, object>
        {
            ["pattern"] = pattern,
            ["definition"] = definition,
            ["apply-to"] = applyTo,
            ["priority"] = priority,
        });

    /// <summary>Deletes a policy.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    /// <param name="name">Name of the policy.</param>
    public Task DeletePolicyAsync(string virtualHost, string name) => DeleteAsync($"api/policies/{Escape(virtualHost)}/{Escape(name)}");

    /// <summary>The definitions of one virtual host as the broker exports them (JSON).</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    public Task<string> DownloadDefinitionsAsync(string virtualHost) => _http.GetStringAsync($"api/definitions/{Escape(virtualHost)}");

    /// <summary>Imports definitions into one virtual host.</summary>
    /// <param name="virtualHost">Name of the virtual host.</param>
    /// <param name="definitionsJson">A definitions file (JSON).</param>
    public async Task UploadDefinitionsAsync(string virtualHost, string definitionsJson)
    {
        using var body = new StringContent(definitionsJson, Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync($"api/definitions/{Escape(virtualHost)}", body);
        await RequireSuccessAsync(response);
    }

    /// <summary>For what has no method here: a GET of the API, parsed.</summary>
    /// <param name="path">Path with query, without a leading slash, such as <c>api/nodes</c>; parts are escaped by the caller.</param>
    public Task<JsonElement> GetJsonAsync(string path) => GetAsync<JsonElement>(path);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static string Escape(string part) => Uri.EscapeDataString(part);

    private async Task<T> GetAsync<T>(string path)
    {
        using var response = await _http.GetAsync(path);
        await RequireSuccessAsync(response);
        return (await response.Content.ReadFromJsonAsync<T>(Json))!;
    }

    private async Task<T?> FindAsync<T>(string path)
        where T : class
    {
        using var response = await _http.GetAsync(path);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        await RequireSuccessAsync(response);
        return await response.Content.ReadFromJsonAsync<T>(Json);
    }

    private async Task PutAsync<T>(string path, T body)
    {
        // The API refuses a chunked body, so the length has to be known.
        using var content = new StringContent(JsonSerializer.Serialize(body, Json), Encoding.UTF8, "application/json");
        using var response = await _http.PutAsync(path, content);
        await RequireSuccessAsync(response);
    }

    private async Task DeleteAsync(string path)
    {
        using var response = await _http.DeleteAsync(path);
        if (response.StatusCode != HttpStatusCode.NotFound)
            await RequireSuccessAsync(response);
    }

    private static async Task RequireSuccessAsync(HttpResponseMessage response)
    {
        if (response.IsSuccessStatusCode)
            return;
        var request = response.RequestMessage!;
        throw new HttpRequestException(
            $"The management API answered {(int)response.StatusCode} to {request.Method} {request.RequestUri}: {await response.Content.ReadAsStringAsync()}",
            null,
            response.StatusCode);
    }
}
