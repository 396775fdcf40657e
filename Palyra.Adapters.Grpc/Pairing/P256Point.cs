using System.Security.Cryptography;
using Palyra.Domain.Identity;

namespace Palyra.Adapters.Grpc.Pairing;

/// <summary>Public keys as they travel: uncompressed P-256 points, 0x04 then x and y (SEC 1, 2.3.3).</summary>
internal static class P256Point
{
    private const int CoordinateLength = 32;
    private const byte Uncompressed = 4;

    internal static bool TryRead(ReadOnlySpan<byte> bytes, out ECPoint point)
    {
        point = default;
        if (bytes.Length != PairingTranscript.PublicKeyLength || bytes[0] != Uncompressed)
        {
            return false;
        }

        point = new ECPoint { X = bytes.Slice(1, CoordinateLength).ToArray(), Y = bytes[(1 + CoordinateLength)..].ToArray() };
        return true;
    }

    internal static byte[] Write(ECPoint point) => [Uncompressed, .. point.X!, .. point.Y!];

    /// <summary>Whether the point is on the curve is checked by whoever imports these.</summary>
    internal static ECParameters Parameters(ECPoint point) => new() { Curve = ECCurve.NamedCurves.nistP256, Q = point };
}
