namespace PhotoService.Demo;

/// <summary>Something that the demo promises did not happen.</summary>
internal sealed class DemoFailedException(string message, Exception? cause = null) : Exception(message, cause);
