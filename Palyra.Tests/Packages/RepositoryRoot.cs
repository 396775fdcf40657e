namespace Palyra.Tests.Packages;

/// <summary>Finds the checkout from the running test, wherever it was cloned to.</summary>
internal static class RepositoryRoot
{
    internal static string Path { get; } = Find();

    internal static string Readme => File.ReadAllText(System.IO.Path.Combine(Path, "README.md"));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Palyra.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The tests must run from inside a checkout: no Palyra.sln above the test assembly.");
    }
}
