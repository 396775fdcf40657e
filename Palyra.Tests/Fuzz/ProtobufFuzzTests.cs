using Google.Protobuf;
using Google.Protobuf.Reflection;
using Palyra.Adapters.Grpc.Wire.Common;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Fuzz;

/// <summary>Mutated protobuf messages, read as every message of the protocol: read or refused, and what was read is written and read again the same.</summary>
public class ProtobufFuzzTests
{
    private static readonly MessageParser[] Parsers =
    [
        .. new[] { CommonReflection.Descriptor, NodeReflection.Descriptor, WorkerReflection.Descriptor }
            .SelectMany(file => file.MessageTypes).Select(message => message.Parser),
    ];

    [Fact]
    public void Messages_Mutated_AreReadOrRefusedByEveryParser()
    {
        var device = new CanonicalId { Ulid = "01ARZ3NDEKTSV4RRFFQ69G5FAV" };
        byte[][] good =
        [
            new RegisterNodeRequest { V = 1, DeviceId = device, Platform = "linux", Capabilities = { new DeviceCapability { Name = "echo", Available = true } } }.ToByteArray(),
            new CompletePairingSessionRequest { V = 2, DeviceId = device, Proof = "123456", CertificateSigningRequest = ByteString.CopyFrom(SigningRequests.P256()) }.ToByteArray(),
            new NodeEventResponse { V = 1, EventId = device, Dispatch = new() { RequestId = device, InputJson = ByteString.CopyFromUtf8("{}"), Traceparent = "00-a-b-01" } }.ToByteArray(),
            new EvaluateEgressResponse { V = 1, ResolvedAddresses = { "93.184.216.34", "::1" } }.ToByteArray(),
            new StartWorkRequest { V = 1, DeviceId = device, Lease = new() { LeaseId = device, FencingToken = ulong.MaxValue } }.ToByteArray(),
        ];
        Assert.True(Parsers.Length > 20);
        Fuzzer.Run("protobuf", 14, good, input =>
        {
            foreach (var parser in Parsers)
            {
                try
                {
                    var message = parser.ParseFrom(input);
                    Assert.Equal(message, parser.ParseFrom(message.ToByteArray()));
                }
                catch (InvalidProtocolBufferException)
                {
                    // The refusal that becomes a status of the call.
                }
            }
        });
    }
}
