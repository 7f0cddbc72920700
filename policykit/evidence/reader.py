"""What a reader is, and how readers are found.

A reader is one module in `policykit/evidence/readers/` with a constant `READER`. Adding a file adds a reader; nothing
else needs to know its name.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from policykit.errors import EvidenceError
from policykit.evidence.foreign import written_by
from policykit.evidence.key_ring import NO_KEYS, KeyRing
from policykit.evidence.model import NO_SUBJECT, Reading, Subject
from policykit.evidence.problems import refusal
from policykit.evidence.project_trail import ProjectTrail
from policykit.evidence.safe_file import EvidenceFile
from policykit.source import did_you_mean
from policykit.source.visible import quoted
from policykit.vocabulary.fields import EvidenceKind


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """What the policy and the subject of the project say about one evidence."""

    name: str = ""
    """The evidence's name in the policy, for messages."""
    permitted: frozenset[str] = frozenset()
    """Options that the policy permits although they can make a value better."""
    judged: Subject = NO_SUBJECT
    """The system that is judged, as the project file states it."""
    timezone: str = ""
    """The policy's time zone, in which the days of signed statements end; empty where no policy is at hand."""


NO_TERMS = PolicyTerms()


@dataclass(frozen=True, slots=True)
class Request:
    """What a reader is asked for, besides the file."""

    kind: str
    """The kind of evidence that the policy declares."""
    now: datetime
    """The instant of the check, aware."""
    zone: str | None = None
    """IANA name for times that bring no offset."""
    project_root: Path = Path()
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """The reader's own options, as the project file states them."""
    key_ring: KeyRing = NO_KEYS
    """The keys that the project trusts."""
    declared: EvidenceKind | None = None
    """The words and types of the kind."""
    trail: ProjectTrail | None = None
    """The trail that the project file names."""
    terms: PolicyTerms = NO_TERMS


@dataclass(frozen=True, slots=True)
class Reader:
    """One format of one tool."""

    name: str
    """As the project file writes it: `promptfoo`."""
    words: str
    """How a report speaks of it: `promptfoo results (JSON)`."""
    kinds: frozenset[str] | None
    """The kinds of evidence that it can yield; None for every kind."""
    detect: Callable[[bytes, str], float]
    """From the first bytes and the file's name: 0 (not mine) to 1 (certainly mine)."""
    read: Callable[[EvidenceFile, Request], Reading]
    """Raises EvidenceError on what it cannot understand."""
    options: frozenset[str] = frozenset()
    """The options that it takes."""
    gaps: frozenset[str] = frozenset()
    """Those of them that state what no file of the tool states, and so need no permission of the policy."""

    def yields(self, kind: str) -> bool:
        """Return whether it can yield evidence of a kind."""
        return self.kinds is None or kind in self.kinds


@cache
def all_readers() -> Mapping[str, Reader]:
    """Return all readers by name."""
    package = importlib.import_module("policykit.evidence.readers")
    found = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        if not info.name.startswith("_"):
            reader = importlib.import_module(f"{package.__name__}.{info.name}").READER
            assert isinstance(reader, Reader)
            found[reader.name] = reader
    return MappingProxyType(found)


SURE = 0.5
"""A reader at or above this takes a file for its own."""


def choose(name: str | None, kind: str, head: bytes, path: str) -> Reader:
    """Return the reader for a file.

    Args:
        name: the reader that the project file names; None to detect it.
        kind: what the policy declares the evidence to be.
        head: the file's first bytes.
        path: as the user wrote it.

    Raises:
        EvidenceError: unknown reader, none or several understand the file, or it cannot yield the kind.
    """
    chosen = _named(name, path) if name is not None else _detected(head, path, kind)
    _require_own_file(chosen, head, path)
    if not chosen.yields(kind):
        raise refusal(
            "PK520",
            f"{chosen.words} cannot show evidence of the kind {quoted(kind)}",
            place=path,
            expected=" or ".join(sorted(f"`{k}`" for k in chosen.kinds or ())),
            help=f"readers that can: {_names(r for r in all_readers().values() if r.yields(kind))}",
        )
    return chosen


def require_options(reader: Reader, options: Mapping[str, Any], path: str) -> None:
    """Refuse options that the reader does not take.

    Raises:
        EvidenceError: there is one.
    """
    for option in options:
        if option not in reader.options:
            known = _quoted_list(reader.options) or "none"
            raise refusal(
                "PK521",
                f"{reader.words} takes no option {quoted(option)}",
                place=path,
                expected=known,
                help=did_you_mean(str(option), reader.options),
            )


def _named(name: str, path: str) -> Reader:
    reader = all_readers().get(name)
    if reader is None:
        raise refusal(
            "PK506",
            f"there is no reader {quoted(name)}",
            place=path,
            expected=_names(all_readers().values()),
            help=did_you_mean(name, all_readers()),
        )
    return reader


def _detected(head: bytes, path: str, kind: str) -> Reader:
    scores = {reader.name: reader.detect(head, path) for reader in all_readers().values()}
    best = max(scores.values())
    first = [all_readers()[name] for name, score in scores.items() if score == best]
    fitting = [reader for reader in first if reader.yields(kind)] or first
    if best < SURE:
        raise _unread(head, path, kind)
    if len(fitting) > 1:
        names = _names(fitting)
        raise refusal(
            "PK506", "several readers could read this file", place=path, got=names,
            help=f"write `reader:` and one of {names}",
        )  # fmt: skip
    return fitting[0]


def _unread(head: bytes, path: str, kind: str) -> EvidenceError:
    """Return why no reader reads a file: what wrote it, and what works today."""
    foreign = written_by(head)
    if foreign is not None:
        return refusal("PK506", "no reader knows this file", place=path, got=foreign.words, help=foreign.help)
    fitting = _names(r for r in all_readers().values() if r.yields(kind))
    help_text = f"if one of these wrote it, write `reader:` and its name: {fitting}"
    return refusal("PK506", "no reader knows this file", place=path, help=help_text)


def _require_own_file(chosen: Reader, head: bytes, path: str) -> None:
    """Refuse a file that the chosen reader does not know and that another tool wrote."""
    if chosen.detect(head, path) > 0:
        return
    others = [(reader.detect(head, path), reader.name) for reader in all_readers().values() if reader is not chosen]
    best, name = max(others, default=(0.0, ""))
    other = all_readers()[name] if best >= SURE else None
    foreign = written_by(head) if other is None else None
    got, help_text = "", "bind the file that you meant"
    if other is not None:
        got, help_text = other.words, f"write `reader: {other.name}`, or {help_text}"
    elif foreign is not None:
        got, help_text = foreign.words, f"{help_text}; of this one: {foreign.help}"
    if got:
        raise refusal(
            "PK507", "the file was written by another tool", place=path, expected=chosen.words, got=got, help=help_text
        )  # fmt: skip


def _names(found: Iterable[Reader]) -> str:
    return _quoted_list(reader.name for reader in found)


def _quoted_list(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))
