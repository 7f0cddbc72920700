"""The manifests beside evidence files: what of them a verdict rests on, and who signed them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from policykit.encoding.digest import digest_of_bytes
from policykit.errors import EvidenceError
from policykit.evidence.manifest import SUFFIX, read_manifest
from policykit.evidence.model import Evidence
from policykit.evidence.reader import Request
from policykit.evidence.safe_file import open_evidence, resolve

_MAX_BYTES = 1024 * 1024


def manifest_files(evidence: Evidence, root: Path) -> tuple[tuple[str, str], ...]:
    """Return path and digest of the manifest of each file that has one, sorted.

    One that cannot be read has no digest; the evidence itself says what is wrong with it.
    """
    return tuple(sorted((path, _digest(path, root)) for path in _manifests(evidence, root)))


def manifest_signers(evidence: Evidence, request: Request) -> frozenset[str]:
    """Return the people who signed the manifests of an evidence."""
    found = set()
    for path in _manifests(evidence, request.project_root):
        try:
            found.add(read_manifest(path, request).signed_by)
        except EvidenceError:
            continue  # it is a problem of the evidence already, which therefore decides nothing
    return frozenset(found - {""})


def _manifests(evidence: Evidence, root: Path) -> Iterator[str]:
    for path, digest in evidence.files:
        if digest and os.path.lexists(resolve(f"{path}{SUFFIX}", root)):
            yield f"{path}{SUFFIX}"


def _digest(path: str, root: Path) -> str:
    try:
        with open_evidence(path, root) as file:
            return digest_of_bytes(file.whole(_MAX_BYTES))
    except EvidenceError:
        return ""
