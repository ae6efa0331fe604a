using TaskQueue.Pipeline;

namespace TaskQueue.Handlers;

/// <summary>One setting of the process, which remembers who gave it: code beats configuration, which beats the default.</summary>
internal sealed class Setting<T>(string name, T standard)
{
    private bool _fromCode;
    private bool _fromConfiguration;

    public T Value { get; private set; } = standard;

    public SettingOrigin Origin => new(
        name,
        SettingText.Of(Value),
        _fromCode ? SettingText.Code : _fromConfiguration ? SettingText.Configuration : SettingText.Default);

    public void SetInCode(T value)
    {
        Value = value;
        _fromCode = true;
    }

    /// <param name="value">What configuration says, or null where it says nothing.</param>
    public void Configure(object? value)
    {
        if (value is T given && !_fromCode)
        {
            Value = given;
            _fromConfiguration = true;
        }
    }
}
