namespace TaskQueue;

/// <summary>The rest of the publish pipeline, down to the broker.</summary>
/// <param name="context">The publication.</param>
/// <param name="cancellationToken">The caller's.</param>
/// <returns>The receipt, once the broker has confirmed.</returns>
public delegate ValueTask<PublishReceipt> PublishDelegate(PublishContext context, CancellationToken cancellationToken);

/// <summary>A step of your own around publishing: stamping headers, refusing, counting.</summary>
/// <remarks>Registered with <see cref="TaskQueueBuilder.Use{TMiddleware}"/> for all task types or with
/// <see cref="TaskOptions.Use{TMiddleware}"/> for one. The publisher is a singleton: one instance of the middleware is resolved from the
/// root provider and serves all threads.</remarks>
public interface IPublishMiddleware
{
    /// <summary>Does its part, and calls <paramref name="next"/> once to go on.</summary>
    /// <param name="context">The publication; its headers may be added to.</param>
    /// <param name="next">The rest of the pipeline.</param>
    /// <param name="cancellationToken">Pass it on.</param>
    /// <returns>The receipt of <paramref name="next"/>.</returns>
    ValueTask<PublishReceipt> InvokeAsync(PublishContext context, PublishDelegate next, CancellationToken cancellationToken);
}
