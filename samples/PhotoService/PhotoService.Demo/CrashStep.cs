namespace PhotoService.Demo;

/// <summary>Where a billing worker is killed.</summary>
internal enum CrashStep
{
    /// <summary>The charge is written, not committed.</summary>
    BeforeCommit,

    /// <summary>The charge is committed, the broker's delivery not acknowledged.</summary>
    AfterCommit,
}
