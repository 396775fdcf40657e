using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Palyra.Tests.Packages;

/// <summary>Reads what was packed: the manifest, the assembly and its symbols.</summary>
internal static class PackedLibrary
{
    internal static (string Version, IReadOnlyList<string> Dependencies) Nuspec(string packages, string library)
    {
        using var stream = new MemoryStream(Entry(packages, library, "nupkg", ".nuspec"));
        var document = XDocument.Load(stream);
        var names = document.Descendants().ToLookup(element => element.Name.LocalName);
        return (names["version"].First().Value, [.. names["dependency"].Select(dependency => dependency.Attribute("id")!.Value).Distinct()]);
    }

    /// <summary>The version of the assembly itself, without its last part.</summary>
    internal static string AssemblyVersion(string packages, string library)
    {
        using var assembly = Assembly(packages, library);
        return assembly.GetMetadataReader().GetAssemblyDefinition().Version.ToString(3);
    }

    /// <summary>Whether the compiler says that the same sources give the same bytes.</summary>
    internal static bool IsReproducible(string packages, string library)
    {
        using var assembly = Assembly(packages, library);
        return assembly.ReadDebugDirectory().Any(entry => entry.Type == DebugDirectoryEntryType.Reproducible);
    }

    /// <summary>The paths of the sources as the symbols name them.</summary>
    internal static IEnumerable<string> SourcePaths(string packages, string library)
    {
        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(Entry(packages, library, "snupkg", $"{library}.pdb")));
        var symbols = provider.GetMetadataReader();
        return [.. symbols.Documents.Select(document => symbols.GetString(symbols.GetDocument(document).Name))];
    }

    private static PEReader Assembly(string packages, string library) => new(new MemoryStream(Entry(packages, library, "nupkg", $"{library}.dll")));

    private static byte[] Entry(string packages, string library, string kind, string end)
    {
        using var package = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(packages, $"{library}.*.{kind}")));
        using var content = package.Entries.Single(entry => entry.FullName.EndsWith(end, StringComparison.Ordinal)).Open();
        using var copy = new MemoryStream();
        content.CopyTo(copy);
        return copy.ToArray();
    }
}
