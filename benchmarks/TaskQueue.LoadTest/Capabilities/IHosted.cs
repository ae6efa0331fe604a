namespace TaskQueue.LoadTest.Capabilities;

/// <summary>Its worker runs in a generic host, with the configuration and the logging that <c>Host.CreateApplicationBuilder()</c> brings, as most programs have it.</summary>
internal interface IHosted
{
    /// <summary>In place of <see cref="Contenders.IContender.StartWorkerAsync"/>.</summary>
    Task StartHostedWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle);
}
