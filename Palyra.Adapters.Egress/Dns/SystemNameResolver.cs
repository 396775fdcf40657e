using System.Collections.Immutable;
using System.Net.Sockets;
using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Names;

namespace Palyra.Adapters.Egress.Dns;

/// <summary>The operating system's resolver, within a time limit. Keeps nothing: every question is asked anew.</summary>
public sealed class SystemNameResolver : INameResolver
{
    /// <summary>How long a name may take when nothing else is said.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);

    private readonly TimeSpan _timeout;

    /// <summary>A resolver that waits for <see cref="DefaultTimeout"/>.</summary>
    public SystemNameResolver() : this(DefaultTimeout) { }

    /// <summary>A resolver that waits this long.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not between a millisecond and a minute.</exception>
    public SystemNameResolver(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, TimeSpan.FromMinutes(1));
        _timeout = timeout;
    }

    /// <inheritdoc/>
    public async ValueTask<NameAnswer> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_timeout);
        try
        {
            var addresses = await System.Net.Dns.GetHostAddressesAsync(host, limit.Token).ConfigureAwait(false);
            return NameAnswer.Of([.. addresses
                .Where(address => address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
                .Select(InternetAddress.From)]);
        }
        catch (SocketException refused)
        {
            return NameAnswer.Failed($"The name could not be resolved ({refused.SocketErrorCode}).");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return NameAnswer.Failed("The name was not resolved in time.");
        }
        catch (ArgumentException)
        {
            return NameAnswer.Failed("The resolver does not take this name.");
        }
    }
}
