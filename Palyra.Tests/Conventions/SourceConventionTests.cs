using System.Reflection;
using System.Text.RegularExpressions;
using Palyra.Adapters.Egress;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Results;
using Palyra.Tests.Packages;

namespace Palyra.Tests.Conventions;

/// <summary>What the house rules say about files and names, held against the sources themselves.</summary>
public partial class SourceConventionTests
{
    private const int MaxLines = 400;

    private static readonly (string Path, string Text)[] Sources = [.. Directory.EnumerateFiles(RepositoryRoot.Path, "*.cs", SearchOption.AllDirectories)
        .Where(file => !Path.GetRelativePath(RepositoryRoot.Path, file).Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin" or "StrykerOutput"))
        .Select(file => (Path.GetRelativePath(RepositoryRoot.Path, file), File.ReadAllText(file)))];

    private static readonly Assembly[] Libraries =
        [typeof(Refusal).Assembly, typeof(NodeRpcServer).Assembly, typeof(JsonNodeRuntimeStore).Assembly, typeof(EgressProxyServiceCollectionExtensions).Assembly];

    [Fact]
    public void NoFile_IsLongerThanAPersonReads() => Assert.All(
        Sources, source => Assert.True(source.Text.Split('\n').Length - 1 <= MaxLines, $"{source.Path} is longer than {MaxLines} lines."));

    [Fact]
    public void NoFile_PutsWorkOff() => Assert.All(
        Sources, source => Assert.False(PutOff().IsMatch(source.Text), $"{source.Path} puts something off: do it, or leave it out."));

    [Fact]
    public void EverySuppression_SaysWhy() => Assert.All(Sources, source => Assert.All(
        source.Text.Split('\n').Where(line => line.TrimStart().StartsWith("#pragma warning disable", StringComparison.Ordinal)),
        line => Assert.True(line.Contains("//", StringComparison.Ordinal), $"{source.Path}: {line.Trim()} carries no reason.")));

    [Fact]
    public void EveryPublicMember_IsUsedBySomebody()
    {
        var words = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Match word in Sources.SelectMany(source => Word().Matches(source.Text)))
        {
            words[word.Value] = words.GetValueOrDefault(word.Value) + 1;
        }

        // A name that occurs once in all sources is its own declaration.
        Assert.Empty(Libraries.SelectMany(PublicNames).Where(member => words.GetValueOrDefault(member.Name) < 2).Select(member => member.Where));
    }

    [Fact]
    public void NoPublicType_HasANameThatSaysNothing() => Assert.All(
        Libraries.SelectMany(library => library.GetExportedTypes()),
        type => Assert.DoesNotMatch("(Manager|Helper|Helpers|Util|Utils|Data|Info)$", type.Name));

    private static IEnumerable<(string Name, string Where)> PublicNames(Assembly library) =>
        from type in library.GetExportedTypes()
        where !type.Namespace!.StartsWith("Palyra.Adapters.Grpc.Wire.", StringComparison.Ordinal)
        from member in type.GetMembers(BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public)
        where member is not ConstructorInfo && member is not MethodInfo { IsSpecialName: true } && !member.Name.StartsWith('<') && member.Name != "value__"
        where member is not MethodInfo method || method.GetBaseDefinition() == method
        where !member.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute)) || member is PropertyInfo
        select (member.Name.Split('`')[0], $"{type.FullName}.{member.Name}");

    [GeneratedRegex("\\b(TO" + "DO|FIX" + "ME|HA" + "CK|X" + "XX)\\b")]
    private static partial Regex PutOff();

    [GeneratedRegex("[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Word();
}
