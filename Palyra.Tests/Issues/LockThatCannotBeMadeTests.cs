using Palyra.Host.CommandLine;
using Palyra.Host.Node;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>Whatever kept the lock of a node's home from being made was told as a node that runs already, and kept the node from being removed.</summary>
public sealed class LockThatCannotBeMadeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Hold_AnotherHoldsIt_SaysThatANodeRuns()
    {
        using var other = new NodeHome(_folder.Root).Hold();

        Assert.Equal("node.already_running", Assert.Throws<CommandFailureException>(new NodeHome(_folder.Root).Hold).Code);
        Assert.Equal("node.already_running", Assert.Throws<CommandFailureException>(new NodeHome(_folder.Root).CheckFree).Code);
    }

    [Fact]
    public void Hold_HomeIsGone_SaysWhatIsWrong()
    {
        var refused = Assert.Throws<CommandFailureException>(new NodeHome(_folder.File("gone")).Hold);

        Assert.Equal("node.home_unusable", refused.Code);
        Assert.Contains(_folder.File("gone"), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hold_LockIsAFolder_SaysWhatIsWrong()
    {
        Directory.CreateDirectory(_folder.File("node.lock"));

        Assert.Equal("node.home_unusable", Assert.Throws<CommandFailureException>(new NodeHome(_folder.Root).Hold).Code);
    }

    [Fact]
    public void CheckFree_NoLockFile_MakesNone()
    {
        new NodeHome(_folder.Root).CheckFree();

        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Root));
    }
}
