"""The trail: a signed, hash-chained record that an outsider verifies with a public key.

The format is described in `docs/trail-format.md`. Only keys need cryptography, and the verifier never imports the
appender.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit._lazy import face

__all__ = [
    "Authorities",
    "Checkpoint",
    "Claim",
    "ClauseOutcomes",
    "Clock",
    "CodedKeyError",
    "CodedTrailError",
    "ConsistencyProof",
    "Decision",
    "DsseKey",
    "Ed25519DsseSigner",
    "Ed25519NoteSigner",
    "FailurePolicy",
    "Filter",
    "Finding",
    "FunctionRef",
    "InclusionProof",
    "LocalDisk",
    "ModelRef",
    "Note",
    "NoteSignature",
    "NoteSigner",
    "NoteVerifier",
    "Opening",
    "PolicyRef",
    "Receipt",
    "Record",
    "RecordType",
    "Revocation",
    "SignatureType",
    "SignedCheckpoint",
    "SignerFailedError",
    "SigningKey",
    "SigningMaterial",
    "Stamped",
    "StorageFailedError",
    "StoredRecord",
    "SyncMode",
    "SystemClock",
    "Ticket",
    "Trail",
    "TrailOptions",
    "UnknownAuthorityError",
    "UnknownOutcomeError",
    "Vault",
    "Verdict",
    "Verification",
    "VerifierKey",
    "Witness",
    "WitnessPolicy",
    "check_consistency",
    "check_inclusion",
    "decision",
    "load_signing_key",
    "load_verifier_key",
    "parse_authorities",
    "parse_verifier_key",
    "parse_witness_policy",
    "prove_consistency",
    "prove_inclusion",
    "read_records",
    "save_signing_key",
    "verify_trail",
]

if TYPE_CHECKING:
    from policykit.trail.append import Trail
    from policykit.trail.checkpoint import Checkpoint, SignedCheckpoint
    from policykit.trail.clock import Clock, SystemClock
    from policykit.trail.entries_decision import ClauseOutcomes, Decision, FunctionRef, ModelRef, PolicyRef, decision
    from policykit.trail.keys import (
        DsseKey,
        Ed25519DsseSigner,
        Ed25519NoteSigner,
        SignatureType,
        SigningKey,
        VerifierKey,
        load_signing_key,
        load_verifier_key,
        parse_verifier_key,
        save_signing_key,
    )
    from policykit.trail.note import Note, NoteSignature, NoteSigner, NoteVerifier
    from policykit.trail.options import FailurePolicy, Receipt, SyncMode, TrailOptions
    from policykit.trail.problems import (
        CodedKeyError,
        CodedTrailError,
        SignerFailedError,
        StorageFailedError,
        UnknownOutcomeError,
    )
    from policykit.trail.proof import (
        ConsistencyProof,
        InclusionProof,
        check_consistency,
        check_inclusion,
        prove_consistency,
        prove_inclusion,
    )
    from policykit.trail.query import Filter, read_records
    from policykit.trail.record import Record, RecordType, StoredRecord
    from policykit.trail.signers import SigningMaterial
    from policykit.trail.storage.local import LocalDisk
    from policykit.trail.ticket import Ticket
    from policykit.trail.timestamp.token import Authorities, UnknownAuthorityError, parse_authorities
    from policykit.trail.vault import Opening, Vault
    from policykit.trail.verdict import Claim, Finding, Stamped, Verdict, Verification
    from policykit.trail.verify import verify_trail
    from policykit.trail.verify_trust import Revocation
    from policykit.trail.witness.policy import Witness, WitnessPolicy, parse_witness_policy
else:
    __getattr__, __dir__ = face(
        __name__,
        {
            "policykit.trail.append": "Trail",
            "policykit.trail.checkpoint": "Checkpoint SignedCheckpoint",
            "policykit.trail.clock": "Clock SystemClock",
            "policykit.trail.entries_decision": ("ClauseOutcomes Decision FunctionRef ModelRef PolicyRef decision"),
            "policykit.trail.keys": (
                "DsseKey Ed25519DsseSigner Ed25519NoteSigner SignatureType SigningKey VerifierKey "
                "load_signing_key load_verifier_key parse_verifier_key save_signing_key"
            ),
            "policykit.trail.note": "Note NoteSignature NoteSigner NoteVerifier",
            "policykit.trail.options": "FailurePolicy Receipt SyncMode TrailOptions",
            "policykit.trail.problems": (
                "CodedKeyError CodedTrailError SignerFailedError StorageFailedError UnknownOutcomeError"
            ),
            "policykit.trail.proof": (
                "ConsistencyProof InclusionProof check_consistency check_inclusion prove_consistency prove_inclusion"
            ),
            "policykit.trail.query": "Filter read_records",
            "policykit.trail.record": "Record RecordType StoredRecord",
            "policykit.trail.signers": "SigningMaterial",
            "policykit.trail.storage.local": "LocalDisk",
            "policykit.trail.ticket": "Ticket",
            "policykit.trail.timestamp.token": "Authorities UnknownAuthorityError parse_authorities",
            "policykit.trail.vault": "Opening Vault",
            "policykit.trail.verdict": "Claim Finding Stamped Verdict Verification",
            "policykit.trail.verify": "verify_trail",
            "policykit.trail.verify_trust": "Revocation",
            "policykit.trail.witness.policy": "Witness WitnessPolicy parse_witness_policy",
        },
    )
