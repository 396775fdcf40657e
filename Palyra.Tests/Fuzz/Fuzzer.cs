using System.Security.Cryptography;
using Palyra.Tests.Builders;
using Palyra.Tests.Packages;

namespace Palyra.Tests.Fuzz;

/// <summary>
/// Puts mutated inputs through a parser: first every file of <c>Fuzz/Found/PARSER</c>, then mutations of good inputs by a fixed seed, 2 000 of them or,
/// with <c>PALYRA_LONG=1</c>, 100 000. An input that the test does not bear is written to that folder, to be kept there for good.
/// </summary>
internal static class Fuzzer
{
    /// <summary>No parser may allocate more than this for one input, however the input lies about lengths and counts.</summary>
    private const long MaxAllocated = 16 << 20;

    internal static int Inputs => LongRun.IsOn ? 100_000 : 2_000;

    private static string Found => Path.Combine(RepositoryRoot.Path, "Palyra.Tests", "Fuzz", "Found");

    /// <summary>Runs a parser over the corpus and the mutations.</summary>
    /// <param name="parser">Names the folder of the corpus.</param>
    /// <param name="seed">Where the mutations begin.</param>
    /// <param name="good">Inputs that the parser takes.</param>
    /// <param name="look">Parses one input and fails on what must not be.</param>
    internal static void Run(string parser, int seed, byte[][] good, Action<byte[]> look) =>
        Run(parser, Mutated(seed, good), look);

    /// <summary>Runs a parser over the corpus and inputs of the test's own making.</summary>
    internal static void Run(string parser, IEnumerable<byte[]> inputs, Action<byte[]> look)
    {
        foreach (var input in Corpus(parser).Concat(inputs))
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                look(input);
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                Assert.True(allocated <= MaxAllocated, $"{input.Length} bytes of input made the parser allocate {allocated}.");
            }
            catch (Exception unborne)
            {
                Assert.Fail($"{Keep(parser, input)}: {unborne}");
            }
        }
    }

    /// <summary>The inputs that were found to be hard, in order of their names.</summary>
    internal static IEnumerable<byte[]> Corpus(string parser)
    {
        var folder = Path.Combine(Found, parser);
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes) : [];
    }

    internal static IEnumerable<byte[]> Mutated(int seed, params byte[][] good)
    {
        var random = new Random(seed);
        for (var i = 0; i < Inputs; i++)
        {
            yield return Mutations.Mutate(good[random.Next(good.Length)], random);
        }
    }

    private static string Keep(string parser, byte[] input)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Found, parser)).FullName;
        var file = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(input))[..16]);
        File.WriteAllBytes(file, input);
        return file;
    }
}
