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
    "DecisionRecord",
    "DsseKey",
    "Ed25519DsseSigner",
    "Ed25519NoteSigner",
    "FailurePolicy",
    "Filter",
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
    "TrailFinding",
    "TrailOptions",
    "TrailVerdict",
    "UnknownAuthorityError",
    "UnknownOutcomeError",
    "Vault",
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
    from policykit.trail.entries.decisions import (
        ClauseOutcomes,
        DecisionRecord,
        FunctionRef,
        ModelRef,
        PolicyRef,
        decision,
    )
    from policykit.trail.format.checkpoint import Checkpoint, SignedCheckpoint
    from policykit.trail.format.keys import (
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
    from policykit.trail.format.note import Note, NoteSignature, NoteSigner, NoteVerifier
    from policykit.trail.format.proof import (
        ConsistencyProof,
        InclusionProof,
        check_consistency,
        check_inclusion,
        prove_consistency,
        prove_inclusion,
    )
    from policykit.trail.format.record import Record, RecordType, StoredRecord
    from policykit.trail.format.signers import SigningMaterial
    from policykit.trail.problems import (
        CodedKeyError,
        CodedTrailError,
        SignerFailedError,
        StorageFailedError,
        UnknownOutcomeError,
    )
    from policykit.trail.query import Filter, read_records
    from policykit.trail.storage.local import LocalDisk
    from policykit.trail.timestamp.token import Authorities, UnknownAuthorityError, parse_authorities
    from policykit.trail.vault import Opening, Vault
    from policykit.trail.verify import verify_trail
    from policykit.trail.verify.trust import Revocation
    from policykit.trail.verify.verdict import Claim, Stamped, TrailFinding, TrailVerdict, Verification
    from policykit.trail.witness.policy import Witness, WitnessPolicy, parse_witness_policy
    from policykit.trail.write.append import Trail
    from policykit.trail.write.clock import Clock, SystemClock
    from policykit.trail.write.options import FailurePolicy, Receipt, SyncMode, TrailOptions
    from policykit.trail.write.ticket import Ticket
else:
    __getattr__, __dir__ = face(
        __name__,
        {
            "policykit.trail.write.append": "Trail",
            "policykit.trail.format.checkpoint": "Checkpoint SignedCheckpoint",
            "policykit.trail.write.clock": "Clock SystemClock",
            "policykit.trail.entries.decisions": (
                "ClauseOutcomes DecisionRecord FunctionRef ModelRef PolicyRef decision"
            ),
            "policykit.trail.format.keys": (
                "DsseKey Ed25519DsseSigner Ed25519NoteSigner SignatureType SigningKey VerifierKey "
                "load_signing_key load_verifier_key parse_verifier_key save_signing_key"
            ),
            "policykit.trail.format.note": "Note NoteSignature NoteSigner NoteVerifier",
            "policykit.trail.write.options": "FailurePolicy Receipt SyncMode TrailOptions",
            "policykit.trail.problems": (
                "CodedKeyError CodedTrailError SignerFailedError StorageFailedError UnknownOutcomeError"
            ),
            "policykit.trail.format.proof": (
                "ConsistencyProof InclusionProof check_consistency check_inclusion prove_consistency prove_inclusion"
            ),
            "policykit.trail.query": "Filter read_records",
            "policykit.trail.format.record": "Record RecordType StoredRecord",
            "policykit.trail.format.signers": "SigningMaterial",
            "policykit.trail.storage.local": "LocalDisk",
            "policykit.trail.write.ticket": "Ticket",
            "policykit.trail.timestamp.token": "Authorities UnknownAuthorityError parse_authorities",
            "policykit.trail.vault": "Opening Vault",
            "policykit.trail.verify.verdict": "Claim TrailFinding Stamped TrailVerdict Verification",
            "policykit.trail.verify": "verify_trail",
            "policykit.trail.verify.trust": "Revocation",
            "policykit.trail.witness.policy": "Witness WitnessPolicy parse_witness_policy",
        },
    )
