using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace TaskQueue.LoadTest;

/// <summary>Makes and deletes virtual hosts by the management API. Thread-safe; dispose it.</summary>
internal sealed class VirtualHosts : IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _broker;

    /// <param name="broker">The broker's AMQP address, with its user.</param>
    /// <param name="management">Its management address.</param>
    public VirtualHosts(Uri broker, Uri management)
    {
        _broker = broker;
        _http = new HttpClient { BaseAddress = management };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(broker.UserInfo))));
    }

    /// <returns>Its AMQP address.</returns>
    public async Task<Uri> CreateAsync(string name)
    {
        (await _http.PutAsJsonAsync($"api/vhosts/{name}", new { })).EnsureSuccessStatusCode();
        return new UriBuilder(_broker) { Path = name }.Uri;
    }

    public async Task DeleteAsync(string name) => (await _http.DeleteAsync($"api/vhosts/{name}")).EnsureSuccessStatusCode();

    /// <summary>The broker's version, for the report.</summary>
    public async Task<string> ReadVersionAsync() =>
        (await _http.GetFromJsonAsync<Dictionary<string, System.Text.Json.JsonElement>>("api/overview"))!["rabbitmq_version"].GetString()!;

    /// <summary>How many nodes run, for the report.</summary>
    public async Task<int> CountNodesAsync() => (await _http.GetFromJsonAsync<System.Text.Json.JsonElement[]>("api/nodes"))!.Count(node => node.GetProperty("running").GetBoolean());

    public void Dispose() => _http.Dispose();
}
