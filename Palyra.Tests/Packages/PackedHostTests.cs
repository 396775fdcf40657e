using System.IO.Compression;

namespace Palyra.Tests.Packages;

/// <summary>The four packages as a user gets them: packed, and embedded by a host outside the repository that restores offline.</summary>
[Trait("Category", "Slow")]
public sealed class PackedHostTests : IAsyncLifetime
{
    private static readonly string[] Libraries = ["Palyra.Domain", "Palyra.Adapters.Grpc", "Palyra.Adapters.Json", "Palyra.Adapters.Egress"];

    private readonly string _folder = Directory.CreateTempSubdirectory("palyra-packages-").FullName;

    /// <summary>The one place that says the version.</summary>
    private static string Version =>
        System.Xml.Linq.XDocument.Load(Path.Combine(RepositoryRoot.Path, "Directory.Build.props")).Descendants("Version").Single().Value;

    private string Packages => Path.Combine(_folder, "packages");

    private static string Configuration => AppContext.BaseDirectory.Contains("Release", StringComparison.Ordinal) ? "Release" : "Debug";

    public async Task InitializeAsync()
    {
        foreach (var library in Libraries)
        {
            await DotnetCommand.RunAsync(RepositoryRoot.Path, "pack", library, "--no-build", "-c", Configuration, "-o", Packages);
        }
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public void Pack_EveryLibrary_BringsReadmeDocumentationAndSymbols() => Assert.All(Libraries, library =>
    {
        using var package = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(Packages, $"{library}.*.nupkg")));
        var files = package.Entries.Select(entry => entry.FullName).ToHashSet(StringComparer.Ordinal);
        Assert.Contains("README.md", files);
        Assert.Contains($"lib/net10.0/{library}.dll", files);
        Assert.Contains($"lib/net10.0/{library}.xml", files);
        Assert.Single(Directory.GetFiles(Packages, $"{library}.*.snupkg"));
    });

    [Fact]
    public void Pack_EveryLibrary_HasTheOneVersionAndNoDependencyBeyondTheTable() => Assert.All(Libraries, library =>
    {
        var nuspec = PackedLibrary.Nuspec(Packages, library);
        Assert.Equal(Version, nuspec.Version);
        Assert.Equal(Version, PackedLibrary.AssemblyVersion(Packages, library));
        Assert.All(nuspec.Dependencies, dependency => Assert.Matches(
            "^(Palyra.Domain|Google.Protobuf|Grpc.AspNetCore.Server|Grpc.Net.Client|Microsoft.Extensions.Options|Microsoft.Extensions.[A-Za-z]+.Abstractions)$", dependency));
        Assert.True(library != "Palyra.Domain" || nuspec.Dependencies.Count == 0, "The domain depends on something.");
    });

    [Fact]
    public void Pack_EveryLibrary_IsBuiltReproduciblyAndItsSymbolsNameNoFolderOfThisMachine() => Assert.All(Libraries, library =>
    {
        Assert.True(PackedLibrary.IsReproducible(Packages, library), $"{library} was not built deterministically.");
        var sources = PackedLibrary.SourcePaths(Packages, library).ToArray();
        Assert.NotEmpty(sources);
        Assert.All(sources, source => Assert.StartsWith("/_/", source, StringComparison.Ordinal));
    });

    [Fact]
    public async Task EmbeddedHost_FromThePackedFiles_HearsOfEveryMistakeAndReportsItsHealth()
    {
        var source = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "Palyra.Tests", "Packages", "Hosts", "Embedded.cs"));
        var folder = await WriteHostAsync("embedded", source);

        var output = await DotnetCommand.RunAsync(folder, "run", "-warnaserror");

        Assert.Contains("mistakes: 5", output, StringComparison.Ordinal);
        Assert.Contains(
            "palyra.audit Healthy, palyra.certificates Healthy, palyra.egress Healthy, palyra.node_rpc Healthy, palyra.state Healthy", output, StringComparison.Ordinal);
        Assert.Contains("logged: 4000 Node RPC listens on", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadmeHost_FromThePackedFilesOffline_BuildsAndIsAtMostSixtyLines()
    {
        var host = ReadmeBlock("```csharp");
        Assert.InRange(host.Split('\n').Length, 1, 60);
        var folder = await WriteHostAsync("host", host);

        await DotnetCommand.RunAsync(folder, "build", "-warnaserror");
    }

    private async Task<string> WriteHostAsync(string name, string program)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), program);
        await File.WriteAllTextAsync(Path.Combine(folder, "Host.csproj"), Project());
        await File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), Feeds());
        return folder;
    }

    private static string ReadmeBlock(string fence)
    {
        var readme = RepositoryRoot.Readme;
        var start = readme.IndexOf(fence + "\n", StringComparison.Ordinal) + fence.Length + 1;
        return readme[start..readme.IndexOf("```", start, StringComparison.Ordinal)].TrimEnd();
    }

    private static string Project() => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            <RestorePackagesPath>restored</RestorePackagesPath>
            <NuGetAudit>false</NuGetAudit>
          </PropertyGroup>
          <ItemGroup>
            <FrameworkReference Include="Microsoft.AspNetCore.App" />
            {string.Join('\n', Libraries.Select(library => $"""<PackageReference Include="{library}" Version="*" />"""))}
          </ItemGroup>
        </Project>
        """;

    /// <summary>Only folders on this machine: the packed files, and what the repository's own restore has already brought.</summary>
    private string Feeds()
    {
        var restored = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="packed" value="{Packages}" />
                <add key="restored" value="{restored}" />
              </packageSources>
            </configuration>
            """;
    }
}
