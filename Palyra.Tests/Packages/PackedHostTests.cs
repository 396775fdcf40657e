using System.IO.Compression;

namespace Palyra.Tests.Packages;

/// <summary>The four packages as a user gets them: packed, and embedded by a host outside the repository that restores offline.</summary>
[Trait("Category", "Slow")]
public sealed class PackedHostTests : IAsyncLifetime
{
    private static readonly string[] Libraries = ["Palyra.Domain", "Palyra.Adapters.Grpc", "Palyra.Adapters.Json", "Palyra.Adapters.Egress"];

    private readonly string _folder = Directory.CreateTempSubdirectory("palyra-packages-").FullName;

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
    public async Task ReadmeHost_FromThePackedFilesOffline_BuildsAndIsAtMostSixtyLines()
    {
        var host = ReadmeBlock("```csharp");
        Assert.InRange(host.Split('\n').Length, 1, 60);
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "host")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), host);
        await File.WriteAllTextAsync(Path.Combine(folder, "Host.csproj"), Project());
        await File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), Feeds());

        await DotnetCommand.RunAsync(folder, "build", "-warnaserror");
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
