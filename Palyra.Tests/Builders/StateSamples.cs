namespace Palyra.Tests.Builders;

/// <summary>A <c>node-runtime.v1.json</c> of the format's own making: every map, every member, every state, with and without what is optional.</summary>
internal static class StateSamples
{
    public const string Every = """
        {
          "active_pairing_codes": {
            "730215": {
              "code": "730215", "method": "pin", "issued_by": "ops:anna", "created_at_unix_ms": 1780000000000, "expires_at_unix_ms": 4102444800000
            },
            "9f8e7d6c5b4a39281706f5e4d3c2b1a000112233": {
              "code": "9f8e7d6c5b4a39281706f5e4d3c2b1a000112233", "method": "qr", "issued_by": "ops:ben",
              "created_at_unix_ms": 1780000000001, "expires_at_unix_ms": 4102444800000
            }
          },
          "pairing_requests": {
            "01JZ0000000000000000000001": {
              "request_id": "01JZ0000000000000000000001", "session_id": "01JZ0000000000000000000001", "device_id": "01JZ00000000000000000000D1",
              "client_kind": "Node", "method": "pin", "code_issued_by": "ops:anna", "requested_at_unix_ms": 1780000001000,
              "expires_at_unix_ms": 4102444800000, "approval_id": "01JZ00000000000000000000A1", "state": "pending_approval",
              "decision_reason": null, "decision_scope_ttl_ms": null,
              "verified_pairing": {
                "device_id": "01JZ00000000000000000000D1", "client_kind": "Node", "identity_fingerprint": "ab01",
                "signing_public_key_hex": "04ff", "transcript_hash_hex": "cd02"
              },
              "material": null
            },
            "01JZ0000000000000000000002": {
              "request_id": "01JZ0000000000000000000002", "session_id": "01JZ0000000000000000000002", "device_id": "01JZ00000000000000000000D2",
              "client_kind": "Cli", "method": "qr", "code_issued_by": "ops:ben", "requested_at_unix_ms": 1780000002000,
              "expires_at_unix_ms": 4102444800000, "approval_id": "01JZ00000000000000000000A2", "state": "completed",
              "decision_reason": "Überprüft – ok <b>", "decision_scope_ttl_ms": 3600000,
              "verified_pairing": {
                "device_id": "01JZ00000000000000000000D2", "client_kind": "Cli", "identity_fingerprint": "ab02",
                "signing_public_key_hex": "04fe", "transcript_hash_hex": "cd03"
              },
              "material": {
                "identity_fingerprint": "ab02", "transcript_hash_hex": "cd03",
                "mtls_client_certificate_pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                "gateway_ca_certificate_pem": "-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n", "cert_expires_at_unix_ms": 1780086400000
              }
            },
            "01JZ0000000000000000000003": {
              "request_id": "01JZ0000000000000000000003", "session_id": "01JZ0000000000000000000003", "device_id": "01JZ00000000000000000000D3",
              "client_kind": "Desktop", "method": "pin", "code_issued_by": "ops:anna", "requested_at_unix_ms": 1780000003000,
              "expires_at_unix_ms": 4102444800000, "approval_id": "01JZ00000000000000000000A3", "state": "approved",
              "decision_reason": "known", "decision_scope_ttl_ms": null, "decided_by": "ops:anna", "decided_at_unix_ms": 1780000004000,
              "verified_pairing": {
                "device_id": "01JZ00000000000000000000D3", "client_kind": "Desktop", "identity_fingerprint": "ab03",
                "signing_public_key_hex": "04fd", "transcript_hash_hex": "cd04"
              },
              "material": null
            },
            "01JZ0000000000000000000004": {
              "request_id": "01JZ0000000000000000000004", "session_id": "01JZ0000000000000000000004", "device_id": "01JZ00000000000000000000D1",
              "client_kind": "Node", "method": "pin", "code_issued_by": "ops:anna", "requested_at_unix_ms": 1780000003000,
              "expires_at_unix_ms": 1780000003500, "approval_id": "01JZ00000000000000000000A4", "state": "rejected",
              "decision_reason": "nobody knows it", "decision_scope_ttl_ms": null,
              "verified_pairing": {
                "device_id": "01JZ00000000000000000000D1", "client_kind": "Node", "identity_fingerprint": "ab04",
                "signing_public_key_hex": "04fc", "transcript_hash_hex": "cd05"
              },
              "material": null
            },
            "01JZ0000000000000000000005": {
              "request_id": "01JZ0000000000000000000005", "session_id": "01JZ0000000000000000000005", "device_id": "01JZ00000000000000000000D1",
              "client_kind": "Node", "method": "pin", "code_issued_by": "ops:anna", "requested_at_unix_ms": 1780000003000,
              "expires_at_unix_ms": 1780000003500, "approval_id": "01JZ00000000000000000000A5", "state": "expired",
              "decision_reason": "pairing request expired", "decision_scope_ttl_ms": null,
              "verified_pairing": {
                "device_id": "01JZ00000000000000000000D1", "client_kind": "Node", "identity_fingerprint": "ab05",
                "signing_public_key_hex": "04fb", "transcript_hash_hex": "cd06"
              },
              "material": null
            }
          },
          "nodes": {
            "01JZ00000000000000000000D1": {
              "device_id": "01JZ00000000000000000000D1", "platform": "macos-aarch64",
              "capabilities": [ { "name": "fs.read", "available": true }, { "name": "tool:palyra.sleep", "available": false } ],
              "registered_at_unix_ms": 1780000000000, "last_seen_at_unix_ms": 1780000009000,
              "last_event_name": "node.heartbeat", "last_event_at_unix_ms": 1780000009000
            },
            "01JZ00000000000000000000D2": {
              "device_id": "01JZ00000000000000000000D2", "platform": "linux-x86_64", "capabilities": [],
              "registered_at_unix_ms": 1780000000000, "last_seen_at_unix_ms": 1780000000000, "last_event_name": null, "last_event_at_unix_ms": null
            }
          },
          "capability_requests": {
            "01JZ00000000000000000000R1": {
              "request_id": "01JZ00000000000000000000R1", "device_id": "01JZ00000000000000000000D1", "capability": "fs.read", "state": "queued",
              "created_at_unix_ms": 1780000005000, "updated_at_unix_ms": 1780000005000, "dispatched_at_unix_ms": null, "completed_at_unix_ms": null,
              "max_payload_bytes": 1048576, "input_summary": null, "output_summary": null, "error": null
            },
            "01JZ00000000000000000000R2": {
              "request_id": "01JZ00000000000000000000R2", "device_id": "01JZ00000000000000000000D1", "capability": "fs.read", "state": "dispatched",
              "created_at_unix_ms": 1780000005000, "updated_at_unix_ms": 1780000005100, "dispatched_at_unix_ms": 1780000005100,
              "completed_at_unix_ms": null, "max_payload_bytes": 16777216, "input_summary": "{\"path\":\"/\"}", "output_summary": null, "error": null
            },
            "01JZ00000000000000000000R3": {
              "request_id": "01JZ00000000000000000000R3", "device_id": "01JZ00000000000000000000D1", "capability": "fs.read",
              "state": "awaiting_local_mediation", "created_at_unix_ms": 1780000005000, "updated_at_unix_ms": 1780000005200,
              "dispatched_at_unix_ms": 1780000005100, "completed_at_unix_ms": null, "max_payload_bytes": 1, "input_summary": "\u0007\u2028",
              "output_summary": null, "error": null
            },
            "01JZ00000000000000000000R4": {
              "request_id": "01JZ00000000000000000000R4", "device_id": "01JZ00000000000000000000D1", "capability": "fs.read", "state": "succeeded",
              "created_at_unix_ms": 1780000005000, "updated_at_unix_ms": 1780000005300, "dispatched_at_unix_ms": 1780000005100,
              "completed_at_unix_ms": 1780000005300, "max_payload_bytes": 4096, "input_summary": "in", "output_summary": "out", "error": null
            },
            "01JZ00000000000000000000R5": {
              "request_id": "01JZ00000000000000000000R5", "device_id": "01JZ00000000000000000000D1", "capability": "fs.read", "state": "failed",
              "created_at_unix_ms": 1780000005000, "updated_at_unix_ms": 1780000005300, "dispatched_at_unix_ms": 1780000005100,
              "completed_at_unix_ms": 1780000005300, "max_payload_bytes": 4096, "input_summary": "in", "output_summary": null, "error": "no such file"
            },
            "01JZ00000000000000000000R6": {
              "request_id": "01JZ00000000000000000000R6", "device_id": "01JZ00000000000000000000D2", "capability": "fs.read", "state": "timed_out",
              "created_at_unix_ms": -1, "updated_at_unix_ms": 9223372036854775807, "dispatched_at_unix_ms": null,
              "completed_at_unix_ms": 9223372036854775807, "max_payload_bytes": 18446744073709551615, "input_summary": "in", "output_summary": null,
              "error": "timed out waiting for node capability result"
            },
            "01JZ00000000000000000000R7": {
              "request_id": "01JZ00000000000000000000R7", "device_id": "01JZ00000000000000000000D2", "capability": "fs.read", "state": "rejected",
              "created_at_unix_ms": 1780000005000, "updated_at_unix_ms": 1780000005000, "dispatched_at_unix_ms": null,
              "completed_at_unix_ms": 1780000005000, "max_payload_bytes": 4096, "input_summary": "in", "output_summary": null, "error": "queue_full"
            }
          }
        }
        """;
}
