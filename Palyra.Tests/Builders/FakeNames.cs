using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Names;

namespace Palyra.Tests.Builders;

/// <summary>A resolver that answers what a test wants, and counts.</summary>
internal sealed class FakeNames : INameResolver
{
    private int _asked;

    internal int Asked => Volatile.Read(ref _asked);

    internal Func<string, int, NameAnswer> Answer { get; set; } = (_, _) => Of("127.0.0.1");

    internal static NameAnswer Of(params string[] addresses) => NameAnswer.Of([.. addresses.Select(address => InternetAddress.Parse(address))]);

    public ValueTask<NameAnswer> ResolveAsync(string host, CancellationToken cancellationToken) => new(Answer(host, Interlocked.Increment(ref _asked)));
}
