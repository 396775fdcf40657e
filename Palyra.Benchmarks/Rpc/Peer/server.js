// The two calls that are measured, on @grpc/grpc-js over mutual TLS, with constant answers: no gate, no ledger.
// node server.js PROTOS STATE; prints "port N"; ends when its standard input does.
const fs = require('fs');
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [protos, state] = process.argv.slice(2);
const load = file => grpc.loadPackageDefinition(loader.loadSync(file, { includeDirs: [protos], keepCase: true })).palyra;
const worker = load('palyra/worker/v1/worker.proto').worker.v1;
const node = load('palyra/node/v1/node.proto').node.v1;

const server = new grpc.Server({
  'grpc.max_concurrent_streams': 2048,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 10_000,
});
server.addService(worker.WorkerService.service, {
  Heartbeat: (call, answer) => answer(null, { v: 1, accepted: true, state: 'registered', reason: 'worker.heartbeat' }),
});
server.addService(node.NodeService.service, {
  StreamNodeEvents: call => {
    call.on('data', () => call.write({ v: 1, event_id: { ulid: '01ARZ3NDEKTSV4RRFFQ69G5FAV' }, accepted: true }));
    call.on('end', () => call.end());
    call.on('error', () => {});
  },
});
const read = name => fs.readFileSync(path.join(state, name));
const credentials = grpc.ServerCredentials.createSsl(read('ca.pem'), [{ cert_chain: read('server.pem'), private_key: read('server.key') }], true);
server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
  if (error) throw error;
  console.log(`port ${port}`);
});
process.stdin.on('end', () => process.exit(0)).resume();
