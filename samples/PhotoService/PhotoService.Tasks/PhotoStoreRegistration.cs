using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace PhotoService.Tasks;

/// <summary>Adds the store to a host.</summary>
public static class PhotoStoreRegistration
{
    /// <summary>Reads the section <c>Photos</c> and adds the <see cref="PhotoStore"/> at its folder.</summary>
    public static IHostApplicationBuilder AddPhotoStore(this IHostApplicationBuilder builder)
    {
        builder.Services.Configure<PhotoOptions>(builder.Configuration.GetSection("Photos"));
        builder.Services.AddSingleton(services => new PhotoStore(
            Path.GetFullPath(services.GetRequiredService<IOptions<PhotoOptions>>().Value.Storage, builder.Environment.ContentRootPath)));
        return builder;
    }
}
