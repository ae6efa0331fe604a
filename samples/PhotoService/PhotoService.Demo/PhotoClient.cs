using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using PhotoService.Tasks;

namespace PhotoService.Demo;

/// <summary>The API's answer to an upload: the task is queued.</summary>
internal sealed record Accepted(Guid PhotoId, string TaskId);

/// <summary>The API's view of a photo.</summary>
internal sealed record PhotoState(bool Ready, IReadOnlyList<PhotoEvent> History);

/// <summary>Calls the API as any client would.</summary>
internal sealed class PhotoClient(Uri api) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = api };

    /// <summary><c>POST /photos</c></summary>
    public async Task<Accepted> UploadAsync(string path)
    {
        await using var file = File.OpenRead(path);
        using var content = new StreamContent(file);
        content.Headers.ContentType = new MediaTypeHeaderValue(path.EndsWith(".png", StringComparison.Ordinal) ? "image/png" : "image/jpeg");
        using var form = new MultipartFormDataContent { { content, "photo", Path.GetFileName(path) } };
        using var response = await _http.PostAsync("/photos", form);
        return await ReadAcceptedAsync(response);
    }

    /// <summary><c>POST /photos/{id}/thumbnails</c></summary>
    public async Task<Accepted> MakeThumbnailsAgainAsync(Guid photoId, string priority)
    {
        using var response = await _http.PostAsync($"/photos/{photoId}/thumbnails?priority={priority}", content: null);
        return await ReadAcceptedAsync(response);
    }

    /// <summary><c>PUT /photos/{id}/orders/{order id}</c></summary>
    public async Task<Accepted> OrderPrintsAsync(Guid photoId, Guid orderId, string card, int prints)
    {
        using var response = await _http.PutAsJsonAsync($"/photos/{photoId}/orders/{orderId}", new { card, prints });
        return await ReadAcceptedAsync(response);
    }

    /// <summary><c>GET /photos/{id}</c></summary>
    public async Task<PhotoState> ShowAsync(Guid photoId) =>
        await _http.GetFromJsonAsync<PhotoState>($"/photos/{photoId}") ?? throw new DemoFailedException($"GET /photos/{photoId} answered nothing");

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static async Task<Accepted> ReadAcceptedAsync(HttpResponseMessage response)
    {
        Expect.That(
            response.StatusCode == HttpStatusCode.Accepted,
            $"202 from {response.RequestMessage?.RequestUri?.PathAndQuery}, got {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        var accepted = await response.Content.ReadFromJsonAsync<Accepted>();
        Expect.That(response.Headers.Location?.ToString() == $"/photos/{accepted!.PhotoId}", $"the photo's address in Location, got '{response.Headers.Location}'");
        return accepted;
    }
}
