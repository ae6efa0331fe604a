using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace TaskQueue.LoadTest;

/// <summary>Makes and deletes virtual hosts by the management API. Thread-safe; dispose it.</summary>
internal sealed class VirtualHosts : IDisposable
{
    private const int Tries = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

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

    /// <summary>A broker that is busy with a large backlog may not answer in time: it is asked five times, five seconds apart.</summary>
    /// <returns>Its AMQP address.</returns>
    public async Task<Uri> CreateAsync(string name)
    {
        for (var tries = 1; !await TryCreateAsync(name, mayFail: tries < Tries); tries++)
        {
            await Task.Delay(Pause);
        }

        return new UriBuilder(_broker) { Path = name }.Uri;
    }

    public async Task DeleteAsync(string name) => (await _http.DeleteAsync($"api/vhosts/{name}")).EnsureSuccessStatusCode();

    /// <summary>The broker's version, for the report.</summary>
    public async Task<string> ReadVersionAsync() =>
        (await _http.GetFromJsonAsync<Dictionary<string, System.Text.Json.JsonElement>>("api/overview"))!["rabbitmq_version"].GetString()!;

    /// <summary>How many nodes run, for the report.</summary>
    public async Task<int> CountNodesAsync() => (await _http.GetFromJsonAsync<System.Text.Json.JsonElement[]>("api/nodes"))!.Count(node => node.GetProperty("running").GetBoolean());

    public void Dispose() => _http.Dispose();

    private async Task<bool> TryCreateAsync(string name, bool mayFail)
    {
        try
        {
            (await _http.PutAsJsonAsync($"api/vhosts/{name}", new { })).EnsureSuccessStatusCode();
            return true;
        }
        catch (Exception e) when (mayFail && e is (TaskCanceledException or HttpRequestException { StatusCode: null or >= HttpStatusCode.InternalServerError }))
        {
            return false;
        }
    }
}
