using System.Globalization;

namespace Palyra.Tests.Mutation;

/// <summary>A mutant to judge.</summary>
/// <param name="Id">Its number in the switch.</param>
/// <param name="IsStatic">Whether it lies in a static initialiser: that runs once in a process, before anything else may have.</param>
internal readonly record struct Mutant(int Id, bool IsStatic)
{
    /// <summary>Reads <c>17</c> or <c>17 static</c>.</summary>
    internal static Mutant Parse(string line)
    {
        var words = line.Split(' ');
        return new Mutant(int.Parse(words[0], CultureInfo.InvariantCulture), words is [_, "static"]);
    }
}
