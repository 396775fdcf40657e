#!/usr/bin/env python3
"""The two calls that are measured, on gRPC's C-core over mutual TLS, with constant answers: no gate, no ledger.

server.py PROTOS STATE; prints "port N"; ends when its standard input does.
"""
import asyncio
import os
import subprocess
import sys
import tempfile

import grpc

KEEP_ALIVE = [
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
]


def generate(protos):
    out = tempfile.mkdtemp(prefix="palyra-bench-")
    files = [os.path.join(folder, name) for folder, _, names in os.walk(protos) for name in names if name.endswith(".proto")]
    subprocess.run(["protoc", "-I", protos, "--python_out", out, *files], check=True)
    sys.path.insert(0, out)


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


async def serve(state):
    from palyra.common.v1 import common_pb2 as common
    from palyra.node.v1 import node_pb2 as node
    from palyra.worker.v1 import worker_pb2 as worker
    beat = worker.HeartbeatResponse(v=1, accepted=True, state="registered", reason="worker.heartbeat")
    event = node.NodeEventResponse(v=1, event_id=common.CanonicalId(ulid="01ARZ3NDEKTSV4RRFFQ69G5FAV"), accepted=True)

    async def heartbeat(request, context):
        return beat

    async def stream_node_events(requests, context):
        async for _ in requests:
            yield event

    def handlers(service, name, make, handler, request, response):
        kinds = {"request_deserializer": request.FromString, "response_serializer": response.SerializeToString}
        return grpc.method_handlers_generic_handler(service, {name: make(handler, **kinds)})

    server = grpc.aio.server(options=[("grpc.max_concurrent_streams", 2048), *KEEP_ALIVE])
    server.add_generic_rpc_handlers((
        handlers("palyra.worker.v1.WorkerService", "Heartbeat", grpc.unary_unary_rpc_method_handler, heartbeat, worker.HeartbeatRequest, worker.HeartbeatResponse),
        handlers("palyra.node.v1.NodeService", "StreamNodeEvents", grpc.stream_stream_rpc_method_handler, stream_node_events, node.NodeEventRequest, node.NodeEventResponse),
    ))
    pair = (read(state, "server.key"), read(state, "server.pem"))
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair], read(state, "ca.pem"), require_client_auth=True))
    await server.start()
    print("port", port, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.stop(None)


if __name__ == "__main__":
    generate(sys.argv[1])
    asyncio.run(serve(sys.argv[2]))
