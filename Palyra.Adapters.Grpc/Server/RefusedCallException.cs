using System.Diagnostics.CodeAnalysis;
using Grpc.Core;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>A call's end by a refusal; it keeps the code, so that the edge can count it.</summary>
[SuppressMessage("Design", "CA1032", Justification = "made from a refusal and nothing else")]
[SuppressMessage("Design", "CA1064", Justification = "to callers it is an RpcException")]
internal sealed class RefusedCallException(string code, Status status) : RpcException(status)
{
    internal string Code => code;
}
