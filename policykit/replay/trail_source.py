"""Decisions of a trail: verified first, and checked again while they are read, so that what is replayed was verified.

What is on record of a call: the facts that the guard was told to record, what every decision record says of the model,
the principal, the tokens and the cost, and, with the vault, the texts that the record commits to. Everything else is
not on record. Texts that were changed before they were kept are not the texts that were decided on, so they are not
used.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from policykit.errors import TrailError
from policykit.replay.model import RecordedCall, Told
from policykit.replay.records import RecordReader
from policykit.trail.chained import ChainedRecords
from policykit.trail.checkpoint import Checkpoint, signatures_by
from policykit.trail.layout import TrailPaths
from policykit.trail.problems import CodedTrailError, trail_problem
from policykit.trail.proof import published_checkpoint
from policykit.trail.record import HEADER, HEADER_BYTES, parse_record

if TYPE_CHECKING:
    from policykit.trail.keys import VerifierKey
    from policykit.trail.vault import Vault


class TrailSource:
    """A trail's folder, or one file of its records."""

    def __init__(self, path: str, keys: Sequence[VerifierKey], vault: Vault | None, wanted: frozenset[str]) -> None:
        """Find the files; `wanted` are the facts that rules read.

        Raises:
            TrailError: there is no trail, or a key is given for what has no signed checkpoint.
        """
        self.path = Path(path)
        self._keys = tuple(keys)
        self._vault = vault
        self._wanted = wanted
        self.is_folder = self.path.is_dir()
        paths = TrailPaths(self.path)
        self._files = [paths.segment(n) for n in paths.segment_numbers()] if self.is_folder else [self.path]
        if not self._files:
            raise trail_problem("PK700", "no trail here", place=path, expected="a directory with `seg/000000.jsonl`")
        if self._keys and not self.is_folder:
            raise trail_problem(
                "PK963", "one file of records holds no signature that a key could verify", place=path,
                help="give the trail's folder, or leave `--vkey` out",
            )  # fmt: skip
        self._total = sum(_size(file) for file in self._files)
        self.records = 0
        """How many records were read."""
        self.unsigned = 0
        """Records behind the newest checkpoint, which are not read."""
        self.others: dict[str, int] = {}
        """Records that are no decisions, by type."""

    @property
    def verified(self) -> str:
        """Say in a sentence what the verification showed."""
        if self._keys:
            return f"verified with the key of {self._keys[0].name}"
        what = "chain and published root agree" if self.is_folder else "the chain holds"
        return f"NOT verified against a key; {what}, which whoever can write the files can bring about"

    def calls(self, told: Told) -> Iterator[RecordedCall]:
        """Yield the decisions.

        Raises:
            TrailError: the trail is not valid; no call has been yielded then, unless it was changed meanwhile.
        """
        signed = self._checkpoint()
        size = None if signed is None else signed.size
        ends = self._verify(signed, told)
        records = ChainedRecords(self._files, size, self._counting("replaying", told))
        reader = RecordReader(self._vault, self._wanted)
        for kind, line in records:
            if kind == "decision":
                yield reader.call(parse_record(line, str(self.path)))
            else:
                self.others[kind] = self.others.get(kind, 0) + 1
        self.records = records.next_seq - max(0, records.first_seq)
        self._require(records, signed, ends)

    def _checkpoint(self) -> Checkpoint | None:
        if not self.is_folder:
            return None
        signed = published_checkpoint(self.path)
        if self._keys:
            signatures_by(signed, self._keys, str(self.path))
        return signed.checkpoint

    def _verify(self, signed: Checkpoint | None, told: Told) -> str:
        """Verify the trail; return the hash of the last record that was read, if that was done here."""
        if self._keys:
            from policykit.trail.history import verified

            found = verified(self.path, self._keys, progress=lambda done, total: told("verifying", done, total))
            self.unsigned = found.size - (signed.size if signed is not None else 0)
            return ""
        records = ChainedRecords(self._files, None, self._counting("verifying", told))
        ends = ""
        for _ in records:
            if signed is not None and records.next_seq == signed.size:
                self._require(records, signed, "")
                ends = records.last_hash
        if signed is not None and records.next_seq < signed.size:
            raise trail_problem(
                "PK704", "the trail is shorter than what was signed", place=str(self.path),
                expected=f"{signed.size} records", got=str(records.next_seq),
            )  # fmt: skip
        self.unsigned = 0 if signed is None else records.next_seq - signed.size
        return ends or records.last_hash

    def _require(self, records: ChainedRecords, signed: Checkpoint | None, ends: str) -> None:
        """Refuse records that are not those that were verified."""
        is_other = bool(ends) and records.last_hash != ends
        if signed is not None:
            root = records.root
            is_other |= records.next_seq != signed.size or (root is not None and root != signed.root)
        if is_other:
            raise trail_problem("PK718", "the records are not those that the checkpoint covers", place=str(self.path))

    def _counting(self, what: str, told: Told) -> Callable[[int], None]:
        done = 0

        def read(count: int) -> None:
            nonlocal done
            done += count
            told(what, min(done, self._total), self._total)

        return read


def is_trail(path: str) -> bool:
    """Whether a path is a trail's folder, or a file whose first line is a record of one."""
    if os.path.isdir(path):
        return True
    try:
        with open(path, "rb") as file:
            return HEADER.match(file.read(HEADER_BYTES)) is not None
    except (OSError, ValueError):
        return False


def refused(problem: TrailError, path: str) -> CodedTrailError:
    """Return why a trail is not replayed."""
    cause = problem.diagnostics[0] if isinstance(problem, CodedTrailError) else None
    if cause is None:
        return trail_problem("PK962", f"the trail is not replayed: {problem}", place=path)
    return trail_problem(
        "PK962", f"the trail is not replayed: {cause.message}", place=cause.place or path, expected=cause.expected,
        got=cause.got, help=cause.help or "`policykit trail verify FOLDER --vkey VKEY` says more",
    )  # fmt: skip


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
