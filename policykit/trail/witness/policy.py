"""Whose cosignatures count, and how many of them: the quorum.

Source: C2SP tlog-policy.

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> <all|any|k> <name>...
    quorum <name|none>
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from policykit.source.suggest import did_you_mean
from policykit.trail.format.keys import SignatureType, VerifierKey, parse_verifier_key
from policykit.trail.problems import CodedKeyError, shown, trail_problem

_MAX_BYTES = 1 << 20
_MAX_MEMBERS = 1024
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Witness:
    """One witness: its name in the policy, its key, where it answers."""

    name: str
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class _Group:
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """A parsed policy."""

    logs: tuple[VerifierKey, ...]
    witnesses: tuple[Witness, ...]
    quorum: str
    groups: dict[str, _Group] = field(default_factory=dict)

    def is_met(self, witnessed: AbstractSet[str]) -> bool:
        """Say whether witnesses of these names make the quorum."""
        return self.quorum == _NONE or self._holds(self.quorum, witnessed)

    def _holds(self, name: str, witnessed: AbstractSet[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in witnessed
        return sum(self._holds(member, witnessed) for member in group.members) >= group.threshold


class _Reader:
    def __init__(self, place: str) -> None:
        self.place = place
        self.logs: list[VerifierKey] = []
        self.witnesses: list[Witness] = []
        self.groups: dict[str, _Group] = {}
        self.names: set[str] = set()
        self.used: set[str] = set()
        self.quorum: str | None = None

    def log(self, words: list[str]) -> None:
        if len(words) not in (1, 2):
            raise self.wrong("`log <vkey> [<url>]`")
        key = self.key(words[0])
        if any(key.public == known.public for known in self.logs):
            raise self.wrong("each log once", "a log with a key that stands above")
        self.logs.append(key)

    def witness(self, words: list[str]) -> None:
        if len(words) not in (2, 3):
            raise self.wrong("`witness <name> <vkey> [<url>]`")
        key = self.key(words[1])
        if key.type is SignatureType.ED25519:
            raise self.wrong("a cosignature key (type 0x04 or 0x06)", "a log's key")
        if any(key.public == known.key.public for known in self.witnesses):
            raise self.wrong("each witness once", "a witness with a key that stands above")
        self.define(words[0])
        self.witnesses.append(Witness(words[0], key, words[2] if len(words) == 3 else ""))

    def group(self, words: list[str]) -> None:
        if not 3 <= len(words) <= _MAX_MEMBERS:
            raise self.wrong("`group <name> <all|any|k> <name>...`")
        name, threshold, *members = words
        for member in members:
            self.defined(member)
            if member in self.used:
                raise self.wrong("each name in one group at most", f"`{shown(member)}` again")
            self.used.add(member)
        count = {"all": len(members), "any": 1}.get(threshold) or self.number(threshold)
        if not 1 <= count <= len(members):
            raise self.wrong(f"a number from 1 to {len(members)}", f"`{shown(threshold)}`")
        self.define(name)
        self.groups[name] = _Group(count, tuple(members))

    def set_quorum(self, words: list[str]) -> None:
        if len(words) != 1 or self.quorum is not None:
            raise self.wrong("one line `quorum <name>`")
        if words[0] != _NONE:
            self.defined(words[0])
        self.quorum = words[0]

    def define(self, name: str) -> None:
        if name in self.names or name == _NONE:
            raise self.wrong("a name that is free", f"`{shown(name)}`")
        self.names.add(name)

    def defined(self, name: str) -> None:
        if name not in self.names:
            raise self.wrong("a name that is defined above", f"`{shown(name)}`", did_you_mean(name, self.names))

    def number(self, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 4 and not text.startswith("0")):
            raise self.wrong("`all`, `any` or a number", f"`{shown(text)}`")
        return int(text)

    def key(self, text: str) -> VerifierKey:
        try:
            return parse_verifier_key(text)
        except CodedKeyError as error:
            raise self.wrong("a verifier key", error.diagnostics[0].message) from None

    def wrong(self, expected: str, got: str = "", help: str = "") -> Exception:  # noqa: A002 - as in diagnostics
        return trail_problem(
            "PK723", "a line of the witness policy that cannot be understood", place=self.place, expected=expected,
            got=got, help=help,
        )  # fmt: skip


def parse_witness_policy(data: bytes, place: str = "witness policy") -> WitnessPolicy:
    """Return the policy in a file.

    Raises:
        CodedTrailError: when a line cannot be understood, or when there is no quorum.
    """
    if len(data) > _MAX_BYTES or any((byte < 0x20 and byte not in b"\t\n") or byte == 0x7F for byte in data):
        raise trail_problem(
            "PK723", "not a witness policy", place=place, expected=f"at most {_MAX_BYTES} bytes of text, LF line ends"
        )
    reader = _Reader(place)
    keywords: dict[str, Callable[[list[str]], None]] = {
        "log": reader.log,
        "witness": reader.witness,
        "group": reader.group,
        "quorum": reader.set_quorum,
    }
    # Names are octets to the specification; surrogate escapes keep every octet apart.
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
        words = [word for word in line.replace("\t", " ").split(" ") if word]
        if not words or words[0].startswith("#"):
            continue
        reader.place = f"{place}:{number}"
        read = keywords.get(words[0])
        if read is None:
            raise reader.wrong(
                "`log`, `witness`, `group` or `quorum`", f"`{shown(words[0])}`", did_you_mean(words[0], keywords)
            )
        read(words[1:])
    if reader.quorum is None:
        raise trail_problem("PK723", "a witness policy without a quorum", place=place, expected="`quorum <name>`")
    return WitnessPolicy(tuple(reader.logs), tuple(reader.witnesses), reader.quorum, reader.groups)
