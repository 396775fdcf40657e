using Palyra.Adapters.Grpc.Wire.Common;
using Palyra.Domain.Identity.Replay;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Gate;

/// <summary>Judges the replay protection of a message.</summary>
internal static class ReplayJudgement
{
    /// <summary>Accepts a message once. One that carries no protection is accepted; the default device stands for callers that have no identity yet.</summary>
    internal static Result Judge(this ReplayGuard guard, DeviceId device, ReplayProtection? replay, UnixTime now) =>
        replay is null ? Result.Ok : guard.Accept(device, replay.Nonce, new UnixTime(replay.TimestampUnixMs), now);
}
