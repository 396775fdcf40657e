namespace Palyra.Tests.Observability;

/// <summary>Tests that listen to the whole process: they run when no other test does, so that what they hear is their own.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "Alone in the process";
}
