namespace TaskQueue.Tests.Support;

/// <summary>A store's server as a container, where this machine has no such program.</summary>
internal sealed class ContainerServer(int port, string address, Func<int, Task<bool>> answers, string[] run) : StoreServer(port, address, answers)
{
    private string? _container;

    /// <inheritdoc/>
    public override Task KillAsync() => DockerCommand.RunAsync("kill", _container!);

    /// <inheritdoc/>
    public override Task SuspendAsync() => DockerCommand.RunAsync("pause", _container!);

    /// <inheritdoc/>
    public override Task ResumeAsync() => DockerCommand.RunAsync("unpause", _container!);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_container is not null)
            await DockerCommand.RunAsync("rm", "--force", "--volumes", _container).ConfigureAwait(false);
    }

    private protected override async Task LaunchAsync()
    {
        if (_container is null)
            _container = await DockerCommand.RunAsync(["run", "--detach", "--label", $"{BrokerFixture.RunLabel.Name}={BrokerFixture.RunLabel.Value}", .. run]).ConfigureAwait(false);
        else
            await DockerCommand.RunAsync("start", _container).ConfigureAwait(false);
    }

    private protected override async Task<string?> LastWordsAsync() =>
        await DockerCommand.RunAsync("inspect", "--format", "{{.State.Running}}", _container!).ConfigureAwait(false) == "true"
            ? null
            : await DockerCommand.RunAsync("logs", "--tail", "20", _container!).ConfigureAwait(false);
}
