#!/usr/bin/env python3
"""A gRPC peer that shares no line with the product: C-core through python3-grpcio, its own TLS, its own protobuf, its own handshake.

peer.py call  PROTOS STATE ADDRESS          calls an echo service in every way there is
peer.py serve PROTOS STATE                  serves the echo service; prints its port
peer.py live  PROTOS STATE ADDRESS PIN      lives a whole node's life against a gateway

STATE holds ca.pem and, for call and serve, cert.pem and key.pem. Prints a line for each check; ends with 1 at the first that fails.
"""
import asyncio
import hashlib
import hmac
import os
import struct
import subprocess
import sys
import tempfile
import time

import grpc

OPTIONS = [
    ("grpc.max_receive_message_length", 16 * 1024 * 1024),
    ("grpc.max_send_message_length", 16 * 1024 * 1024),
    ("grpc.use_local_subchannel_pool", 1),
]
PATIENCE = 60


def generate(protos):
    """Generates the messages from the product's .proto files, so that the contract is the files and nothing else."""
    out = tempfile.mkdtemp(prefix="palyra-peer-")
    files = [os.path.join(folder, name) for folder, _, names in os.walk(protos) for name in names if name.endswith(".proto")]
    subprocess.run(["protoc", "-I", protos, "--python_out", out, *files], check=True)
    sys.path.insert(0, out)


def done(name):
    print("ok", name, flush=True)


def check(condition, name, detail=""):
    if not condition:
        print("FAIL", name, detail, flush=True)
        sys.exit(1)
    done(name)


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def channel(address, state, key=None, chain=None):
    credentials = grpc.ssl_channel_credentials(read(state, "ca.pem"), key, chain)
    return grpc.aio.secure_channel(address, credentials, options=OPTIONS)


async def status_of(call):
    try:
        await call
        return grpc.StatusCode.OK, ""
    except grpc.aio.AioRpcError as error:
        return error.code(), error.details()


class Echo:
    def __init__(self, channel):
        import echo_pb2 as pb
        self.pb = pb
        prefix = "/palyra.tests.v1.EchoService/"
        kinds = (pb.EchoRequest.SerializeToString, pb.EchoResponse.FromString)
        self.unary = channel.unary_unary(prefix + "Unary", *kinds)
        self.collect = channel.stream_unary(prefix + "Collect", *kinds)
        self.expand = channel.unary_stream(prefix + "Expand", *kinds)
        self.converse = channel.stream_stream(prefix + "Converse", *kinds)
        self.nothing = channel.unary_unary(prefix + "Nothing", *kinds)
        self.nowhere = channel.unary_unary("/palyra.tests.v1.NoService/Unary", *kinds)


async def call(state, address):
    async with channel(address, state, read(state, "key.pem"), read(state, "cert.pem")) as connection:
        echo = Echo(connection)
        request = echo.pb.EchoRequest
        for size in (0, 1, 4 * 1024 * 1024 - 16):
            payload = os.urandom(size)
            answer = await echo.unary(request(payload=payload), timeout=PATIENCE)
            check(answer.payload == payload, f"unary of {size} bytes")
        answer = await echo.collect((request(payload=b"x" * 1000) for _ in range(100)), timeout=PATIENCE)
        check((answer.count, answer.payload) == (100, b"100000"), "client stream")
        counts = [answer.count async for answer in echo.expand(request(repeat=500, payload=b"y"), timeout=PATIENCE)]
        check(counts == list(range(500)), "server stream")
        talk = echo.converse(timeout=PATIENCE)
        for i in range(50):
            await talk.write(request(payload=str(i).encode()))
            answer = await talk.read()
            check(answer.payload == str(i).encode(), f"conversation {i}") if i % 49 == 0 else None
        await talk.done_writing()
        check(await talk.read() is grpc.aio.EOF and await talk.code() == grpc.StatusCode.OK, "conversation ends")
        payload = b"gzip me " * 100_000
        answer = await echo.unary(request(payload=payload), compression=grpc.Compression.Gzip, timeout=PATIENCE)
        check(answer.payload == payload, "gzip both ways")
        talk = echo.converse(compression=grpc.Compression.Gzip, timeout=PATIENCE)
        await talk.write(request(payload=payload))
        check((await talk.read()).payload == payload, "gzip both ways on a stream")
        await talk.done_writing()
        code, _ = await status_of(echo.unary(request(wait_for_cancellation=True), timeout=0.2))
        check(code == grpc.StatusCode.DEADLINE_EXCEEDED, "deadline exceeded", code)
        waiting = echo.unary(request(wait_for_cancellation=True), timeout=PATIENCE)
        asyncio.get_running_loop().call_later(0.2, waiting.cancel)
        try:
            await waiting
            check(False, "cancelled by the client")
        except asyncio.CancelledError:
            done("cancelled by the client")
        stream = echo.expand(request(repeat=5, fail_with_status=1, fail_with_message="enough"), timeout=PATIENCE)
        received = [await stream.read() for _ in range(5)]
        code, details = await status_of(stream.read())
        check(len(received) == 5 and (await stream.code(), await stream.details()) == (grpc.StatusCode.CANCELLED, "enough"), "cancelled by the server in mid-stream", code)
        metadata = (("echo-text", "some text"), ("echo-raw-bin", bytes(range(256))))
        outcome = echo.unary(request(), metadata=metadata, timeout=PATIENCE)
        await outcome
        trailers = dict(list(await outcome.trailing_metadata()))
        check(trailers.get("echo-text") == "some text" and trailers.get("echo-raw-bin") == bytes(range(256)), "text and binary metadata, custom trailers", trailers)
        for code in grpc.StatusCode:
            if code != grpc.StatusCode.OK:
                message = f"größer als 100 % \n {code.name}"
                actual = await status_of(echo.unary(request(fail_with_status=code.value[0], fail_with_message=message), timeout=PATIENCE))
                check(actual == (code, message), f"status {code.name}", actual)
        code, details = await status_of(echo.unary(request(throw_unforeseen=True), timeout=PATIENCE))
        check(code == grpc.StatusCode.INTERNAL and "secret" not in details, "unforeseen is INTERNAL without detail", details)
        for name, method in (("method", echo.nothing), ("service", echo.nowhere)):
            code, _ = await status_of(method(request(), timeout=PATIENCE))
            check(code == grpc.StatusCode.UNIMPLEMENTED, f"unknown {name}", code)
        code, _ = await status_of(echo.unary(request(payload=b"z" * (4 * 1024 * 1024 + 1)), timeout=PATIENCE))
        check(code == grpc.StatusCode.RESOURCE_EXHAUSTED, "oversized message", code)
        talks = [echo.converse(timeout=PATIENCE) for _ in range(1000)]
        for talk in talks:
            await talk.write(request(payload=b"here"))
        answers = [await talk.read() for talk in talks]
        check(all(answer.payload == b"here" for answer in answers), "1000 streams at once on one connection")
        for talk in talks:
            await talk.done_writing()
        check(all([await talk.code() == grpc.StatusCode.OK for talk in talks]), "1000 streams end")


async def serve(state):
    import echo_pb2 as pb

    async def fail(request, context):
        if request.fail_with_status:
            code = next(code for code in grpc.StatusCode if code.value[0] == request.fail_with_status)
            await context.abort(code, request.fail_with_message)
        if request.wait_for_cancellation:
            try:
                await asyncio.sleep(PATIENCE)
            except asyncio.CancelledError:
                print("cancelled", flush=True)
                raise

    async def unary(request, context):
        context.set_trailing_metadata(tuple(pair for pair in context.invocation_metadata() if pair[0].startswith("echo-")))
        await fail(request, context)
        return pb.EchoResponse(payload=request.payload, count=1)

    async def collect(requests, context):
        count = size = 0
        async for request in requests:
            count, size = count + 1, size + len(request.payload)
        return pb.EchoResponse(count=count, payload=str(size).encode())

    async def expand(request, context):
        for i in range(request.repeat):
            yield pb.EchoResponse(payload=request.payload, count=i)
        await fail(request, context)

    async def converse(requests, context):
        async for request in requests:
            await fail(request, context)
            yield pb.EchoResponse(payload=request.payload, count=1)

    kinds = {"request_deserializer": pb.EchoRequest.FromString, "response_serializer": pb.EchoResponse.SerializeToString}
    server = grpc.aio.server(options=[("grpc.max_concurrent_streams", 2000)], compression=grpc.Compression.Gzip)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("palyra.tests.v1.EchoService", {
        "Unary": grpc.unary_unary_rpc_method_handler(unary, **kinds),
        "Collect": grpc.stream_unary_rpc_method_handler(collect, **kinds),
        "Expand": grpc.unary_stream_rpc_method_handler(expand, **kinds),
        "Converse": grpc.stream_stream_rpc_method_handler(converse, **kinds),
    }),))
    credentials = grpc.ssl_server_credentials([(read(state, "key.pem"), read(state, "cert.pem"))], read(state, "ca.pem"), require_client_auth=True)
    port = server.add_secure_port("127.0.0.1:0", credentials)
    await server.start()
    print("port", port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop(None)


def ulid():
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    bits = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    return "".join(alphabet[bits >> 5 * i & 31] for i in reversed(range(26)))


def hkdf(secret, salt, info):
    extracted = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


def framed(label, *fields):
    return label + b"".join(struct.pack(">I", len(field)) + field for field in fields)


class Device:
    """The device's half of the handshake, written from its description."""

    def __init__(self):
        from cryptography.hazmat.primitives.asymmetric import ec
        self.ec = ec
        self.id = ulid()
        self.signing = ec.generate_private_key(ec.SECP256R1())
        self.agreement = ec.generate_private_key(ec.SECP256R1())
        self.certificate = ec.generate_private_key(ec.SECP256R1())

    def key_pem(self):
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
        return self.certificate.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def new_key(self):
        self.certificate = self.ec.generate_private_key(self.ec.SECP256R1())

    def request(self):
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.serialization import Encoding
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Palyra Device " + self.id)])
        builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
        return builder.sign(self.certificate, hashes.SHA256()).public_bytes(Encoding.DER)

    def point(self, key):
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
        return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def complete(self, pb, common, begun, kind, code):
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
        request = self.request()
        version = struct.pack(">I", 2)
        session, device = begun.session_id.encode(), self.id.encode()
        payload = framed(b"palyra-pairing-v2", version, session, begun.challenge, begun.gateway_ephemeral_public, device, kind.encode(), code.encode(), hashlib.sha256(request).digest())
        r, s = decode_dss_signature(self.signing.sign(payload, self.ec.ECDSA(hashes.SHA256())))
        context = framed(b"palyra-mtls-transcript-v2", session, version, device, kind.encode(), self.point(self.signing), self.point(self.agreement))
        gateway = self.ec.EllipticCurvePublicKey.from_encoded_point(self.ec.SECP256R1(), begun.gateway_ephemeral_public)
        mac = hkdf(self.agreement.exchange(self.ec.ECDH(), gateway), begun.challenge, context)
        return pb.CompletePairingSessionRequest(
            v=2, session_id=begun.session_id, device_id=common.CanonicalId(ulid=self.id), client_kind=kind, proof=code,
            device_signing_public=self.point(self.signing), device_x25519_public=self.point(self.agreement),
            challenge_signature=r.to_bytes(32, "big") + s.to_bytes(32, "big"), transcript_mac=mac, certificate_signing_request=request)


class Nodes:
    def __init__(self, channel, pb):
        def unary(name):
            prefix = "/palyra.node.v1.NodeService/"
            return channel.unary_unary(prefix + name, getattr(pb, name + "Request").SerializeToString, getattr(pb, name + "Response").FromString)
        for name in ("BeginPairingSession", "CompletePairingSession", "GetPairingRequestStatus", "RotateDeviceCertificate", "RegisterNode"):
            setattr(self, name, unary(name))
        self.StreamNodeEvents = channel.stream_stream(
            "/palyra.node.v1.NodeService/StreamNodeEvents", pb.NodeEventRequest.SerializeToString, pb.NodeEventResponse.FromString)


async def live(state, address, pin):
    from palyra.common.v1 import common_pb2 as common
    from palyra.node.v1 import node_pb2 as pb
    device = Device()
    identity = common.CanonicalId(ulid=device.id)
    async with channel(address, state) as unpaired:
        nodes = Nodes(unpaired, pb)
        code, _ = await status_of(nodes.RegisterNode(pb.RegisterNodeRequest(v=1, device_id=identity, platform="x"), timeout=PATIENCE))
        check(code == grpc.StatusCode.UNAUTHENTICATED, "register without a certificate", code)
        begun = await nodes.BeginPairingSession(pb.BeginPairingSessionRequest(v=2, client_kind="node", method=pb.PairingMethod(pin_code=pin)), timeout=PATIENCE)
        check((begun.v, len(begun.challenge), len(begun.gateway_ephemeral_public)) == (2, 32, 65), "begin")
        completion = device.complete(pb, common, begun, "node", pin)
        completed = await nodes.CompletePairingSession(completion, timeout=PATIENCE)
        check(completed.reason == "pending_approval" and not completed.paired, "complete", completed.reason)
        check(completed.transcript_hash == hashlib.sha256(completion.transcript_mac).hexdigest(), "transcript hash")
        print("session", begun.session_id, flush=True)
        poll = pb.GetPairingRequestStatusRequest(v=2, session_id=begun.session_id, device_id=identity)
        deadline = time.monotonic() + PATIENCE
        status = await nodes.GetPairingRequestStatus(poll, timeout=PATIENCE)
        while not status.paired and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
            status = await nodes.GetPairingRequestStatus(poll, timeout=PATIENCE)
        check(status.paired and status.status == "completed" and not status.mtls_client_private_key_pem, "poll until paired", status.status)
        check(status.gateway_ca_certificate_pem.encode().strip() == read(state, "ca.pem").strip(), "the authority is the one we trusted")
    first = (device.key_pem(), status.mtls_client_certificate_pem.encode())
    async with channel(address, state, *first) as paired:
        nodes = Nodes(paired, pb)
        registration = pb.RegisterNodeRequest(
            v=1, device_id=identity, platform="python", capabilities=[pb.DeviceCapability(name="echo", available=True)],
            replay=common.ReplayProtection(nonce=os.urandom(16).hex(), timestamp_unix_ms=int(time.time() * 1000)))
        check((await nodes.RegisterNode(registration, timeout=PATIENCE)).accepted, "register")
        code, details = await status_of(nodes.RegisterNode(registration, timeout=PATIENCE))
        check(code == grpc.StatusCode.FAILED_PRECONDITION and "replay_detected" in details, "register replayed", details)
        stream = nodes.StreamNodeEvents(timeout=PATIENCE)

        async def tell(name, payload=b""):
            await stream.write(pb.NodeEventRequest(v=1, device_id=identity, event_name=name, payload_json=payload))

        await tell("node.started")
        check((await stream.read()).accepted, "stream")
        print("streaming", device.id, flush=True)
        pushed = await stream.read()
        check(pushed.reason == "dispatch" and pushed.dispatch.capability == "echo", "receive a dispatch", pushed.reason)
        request = pushed.dispatch.request_id.ulid.encode()
        await tell("capability.accepted", b'{"request_id":"%s"}' % request)
        check((await stream.read()).accepted, "accept it")
        await tell("capability.result", b'{"request_id":"%s","success":true,"output_json":%s}' % (request, pushed.dispatch.input_json))
        check((await stream.read()).accepted, "answer it")
        device.new_key()
        rotated = await nodes.RotateDeviceCertificate(pb.RotateDeviceCertificateRequest(v=1, device_id=identity, certificate_signing_request=device.request()), timeout=PATIENCE)
        check(rotated.rotated and not rotated.mtls_client_private_key_pem, "rotate")
    async with channel(address, state, device.key_pem(), rotated.mtls_client_certificate_pem.encode()) as renewed:
        nodes = Nodes(renewed, pb)
        registration.ClearField("replay")
        check((await nodes.RegisterNode(registration, timeout=PATIENCE)).accepted, "register with the new certificate")
        async with channel(address, state, *first) as old:
            code, _ = await status_of(Nodes(old, pb).RegisterNode(registration, timeout=PATIENCE))
            check(code == grpc.StatusCode.PERMISSION_DENIED, "the old certificate counts no more", code)
        stream = nodes.StreamNodeEvents(timeout=PATIENCE)
        await tell("node.started")
        check((await stream.read()).accepted, "stream again")
        print("revocable", device.id, flush=True)
        code, _ = await status_of(drain(stream))
        check(code == grpc.StatusCode.PERMISSION_DENIED, "revocation ends the open stream", code)
        code, _ = await status_of(nodes.RegisterNode(registration, timeout=PATIENCE))
        check(code == grpc.StatusCode.PERMISSION_DENIED, "a revoked device is denied", code)


async def drain(stream):
    while await stream.read() is not grpc.aio.EOF:
        pass
    code = await stream.code()
    if code != grpc.StatusCode.OK:
        raise grpc.aio.AioRpcError(code, None, None, await stream.details())


if __name__ == "__main__":
    mode, protos, *rest = sys.argv[1:]
    generate(protos)
    asyncio.run({"call": call, "serve": serve, "live": live}[mode](*rest))
    done("all")
