namespace Palyra.Host.Demo;

/// <summary>A step saw something else than it must.</summary>
internal sealed class DemoExpectationException(string message) : Exception(message)
{
    internal static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new DemoExpectationException(otherwise);
        }
    }
}
