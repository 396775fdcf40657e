using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Nodes;

namespace Palyra.Tests.Builders;

/// <summary>A state root of the test's own, gone with the test.</summary>
internal sealed class StateFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("palyra-state-");

    public string Path => _folder.FullName;

    public string Snapshot => System.IO.Path.Combine(Path, "node-runtime.v1.json");

    public string Journal => Assert.Single(Directory.GetFiles(Path, "*.journal"));

    public JsonNodeRuntimeStore Open(bool writeThrough = false, long compactAfter = 4 * 1024 * 1024, Palyra.Domain.Secrets.ISecretStore? secrets = null) =>
        JsonNodeRuntimeStore.Open(new JsonPersistenceOptions { StateRoot = Path, WriteThrough = writeThrough, CompactAfterBytes = compactAfter }, secrets);

    /// <summary>Runs a store over the folder and leaves it as a killed process would: journal as it is, nothing folded.</summary>
    public async Task JournalAsync(params NodeRuntimeChange[][] groups)
    {
        using var copy = new StateFolder();
        CopyTo(copy);
        var store = copy.Open();
        store.Load();
        foreach (var group in groups)
        {
            await store.Append(group);
        }

        copy.CopyTo(this);
        await store.DisposeAsync();
    }

    public async Task<NodeRuntimeState> LoadAsync()
    {
        var store = Open();
        try
        {
            return store.Load();
        }
        finally
        {
            await store.DisposeAsync();
        }
    }

    public void CopyTo(StateFolder other)
    {
        foreach (var file in Directory.GetFiles(Path).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
        {
            File.Copy(file, System.IO.Path.Combine(other.Path, System.IO.Path.GetFileName(file)), overwrite: true);
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
