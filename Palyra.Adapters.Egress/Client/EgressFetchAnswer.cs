namespace Palyra.Adapters.Egress.Client;

/// <summary>What came back: from the origin, or from the proxy itself when <see cref="ReasonCode"/> is set.</summary>
/// <param name="Status">The status, 200 to 599.</param>
/// <param name="Headers">The header fields, in order, without framing.</param>
/// <param name="Body">The body, whole.</param>
public sealed record EgressFetchAnswer(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    /// <summary>
    /// The proxy's reason code, e.g. <c>egress.denied.private_target</c>, when the proxy refused; <see langword="null"/> for an origin's answer, which can
    /// never carry one.
    /// </summary>
    public string? ReasonCode => Header("X-Palyra-Reason");

    /// <summary>The first field of a name, in any case; <see langword="null"/> when there is none.</summary>
    public string? Header(string name)
    {
        foreach (var (key, value) in Headers)
        {
            if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        return null;
    }
}
