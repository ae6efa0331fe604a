using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Options;
using PhotoService.Tasks;

namespace PhotoService.Worker;

/// <summary>Stands in for a gallery service on a bad day: it refuses the first calls for each photo, then takes one.</summary>
public sealed class Gallery(IOptions<PhotoOptions> options)
{
    private readonly ConcurrentDictionary<Guid, int> _calls = [];

    /// <summary>Adds the photo, or throws what an HTTP client would throw.</summary>
    public Task AddAsync(Guid photoId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var call = _calls.AddOrUpdate(photoId, 1, (_, calls) => calls + 1);
        return call <= options.Value.GalleryRefusals
            ? throw new HttpRequestException("The gallery answered 503 Service Unavailable.", null, HttpStatusCode.ServiceUnavailable)
            : Task.CompletedTask;
    }
}
