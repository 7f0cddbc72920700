"""More base trails: the form of what records say about the trail itself, and keys of unusual kinds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from tests.conformance.bases import NEW, OLD, OTHER, THIRD, Build, _pruned_by, honest
from tests.conformance.builder import ORIGIN, SEGMENT, Builder, Signer

ROOT = "ab" * 32
TWINS = [Signer(seed.to_bytes(32, "big")) for seed in (61_214, 152_929)]
"""Two keys whose ids, four bytes of a hash, are the same."""
ODD = [
    Signer(1, name) for name in ("a\u009b31m", "a\u200bb", "del\x7f", "soft\u00adhyphen", "private\ue000", 'quo"te\\')
]
"""Names that are unusual, and that the page does not forbid."""
FRAGMENT = b"a fragment"

GONE: Any = object()
BAD_PRUNES: dict[str, dict[str, Any]] = {
    "first_is_a_double": {"first": 0.0}, "first_is_false": {"first": False}, "first_is_gone": {"first": GONE},
    "first_is_in_the_middle": {"first": 1}, "first_is_negative": {"first": -SEGMENT, "end": 0},
    "end_is_another": {"end": 2 * SEGMENT}, "end_is_a_double": {"end": float(SEGMENT)}, "end_is_gone": {"end": GONE},
    "no_roots": {"roots": [], "end": 0}, "roots_are_a_text": {"roots": "x"}, "roots_are_an_object": {"roots": {"a": 1}},
    "a_root_is_no_hash": {"roots": ["x"]}, "a_root_in_capitals": {"roots": [ROOT.upper()]},
    "a_root_and_a_line_feed": {"roots": [ROOT + "\n"]}, "a_root_is_a_number": {"roots": [ROOT, 5], "end": 2 * SEGMENT},
    "one_root_too_many": {"roots": [ROOT, ROOT]}, "genesis_is_gone": {"genesis": GONE}, "genesis_is_a_list": {"genesis": []},
    "genesis_is_empty": {"genesis": {}}, "genesis_of_another": {"genesis": {"origin": "example.org/another"}},
}  # fmt: skip
BAD_FRAGMENTS: dict[str, Any] = {
    "one_byte_less": 9, "one_byte_more": 11, "a_double": 10.0, "a_text": "10", "more_than_a_segment": 1 << 33,
    "negative": -1, "beyond_all_bounds": 10**30,
}  # fmt: skip


def prune(builder: Builder, **other: Any) -> Builder:
    """Append a prune record of the right form, but for these members."""
    members = {"first": 0, "end": SEGMENT, "roots": [ROOT], "authority": "dpo", "genesis": {"origin": ORIGIN}, **other}
    return builder.record("prune", **{name: value for name, value in members.items() if value is not GONE})


def fragment(**other: Any) -> Builder:
    """Return a trail whose fragment is there, as the record says but for these members."""
    builder = honest().recovery(FRAGMENT)
    builder.lines.pop()
    builder.leaves.pop()
    (name,) = builder.torn
    torn = {"file": name, "bytes": len(FRAGMENT), "sha256": hashlib.sha256(FRAGMENT).hexdigest(), **other}
    return builder.record("recovery", torn=torn).head(OLD)


def rotated() -> Builder:
    """Two heads of the first key, one of both, one of the second."""
    return Builder().head(OLD).records(2).head(OLD).rotation(OLD, NEW).head(OLD, NEW).records(2).head(NEW)


def _surrogate() -> str:
    """Return a key's text whose name is half a character, as JSON."""
    return f'"old_key":"\\ud800+{OLD.text.split("+", 1)[1]}","new_key":"{NEW.text}"'


def _cosigned(builder: Builder) -> Builder:
    line = Signer(6, "witness.example.org", 4).cosignature(builder.text())
    return builder.keep("cosignature", builder.size, line=line)


FORMS: dict[str, Callable[[], Builder]] = {
    **{f"prune_{name}": (lambda how=how: prune(honest(), **how).head(OLD)) for name, how in BAD_PRUNES.items()},
    **{f"prune_{name}_in_the_tail": (lambda how=how: prune(honest(), **how)) for name, how in BAD_PRUNES.items()},
    "prune_before_dropping": lambda: prune(honest()).head(OLD),
    "prune_in_the_tail": lambda: prune(honest()),
    "fragment_there": fragment,
    "fragment_of_true_bytes": lambda: fragment(bytes=True),
    **{f"fragment_{name}": (lambda size=size: fragment(bytes=size)) for name, size in BAD_FRAGMENTS.items()},
    "rotation_of_half_a_character": lambda: honest().line_of("key_rotation", _surrogate()).head(OLD),
    "rotation_of_half_a_character_by_a_stranger": lambda: honest().line_of("key_rotation", _surrogate()).head(OTHER),
    "handed_over": rotated,
    "cosigned": lambda: _cosigned(honest()),
    "three_signers": lambda: honest().rotation(OLD, NEW).rotation(NEW, THIRD).head(OLD, NEW, THIRD),
    # -- two heads of one size: what counts is their order in the log
    "old_key_signs_the_same_size_again": lambda: honest().rotation(OLD, NEW).head(OLD, NEW).head(OLD),
    "new_key_signs_the_same_size_again": lambda: honest().rotation(OLD, NEW).head(OLD, NEW).head(NEW),
    "handed_back_under_one_head": lambda: (
        honest().rotation(OLD, NEW).rotation(NEW, OLD).head(OLD, NEW).records(1).head(OLD)
    ),
    "straight_back": lambda: (
        honest().rotation(OLD, NEW).head(OLD, NEW).rotation(NEW, OLD).head(NEW, OLD).records(1).head(OLD)
    ),
    "to_itself_and_on": lambda: honest().rotation(OLD, OLD).rotation(OLD, NEW).head(OLD, NEW).records(1).head(NEW),
    "backward_then_forward": lambda: (
        Builder().rotation(OLD, NEW).head(NEW).records(1).rotation(OLD, THIRD).head(OLD, THIRD).records(1).head(THIRD)
    ),
    "a_stranger_before_the_revoked": lambda: honest().records(1).head(OTHER).records(1).head(OLD),
    # -- two keys with one name and id
    "twin_takes_over": lambda: Builder().head(TWINS[0]).rotation(*TWINS).head(TWINS[1]),
    "twin_in_the_tail": lambda: Builder().head(TWINS[0]).rotation(*TWINS),
    **{f"odd_name_{at}": (lambda key=key: Builder(key.name).records(1).head(key)) for at, key in enumerate(ODD)},
}  # fmt: skip
FORM_KEYS = {f"odd_{at}": key.text for at, key in enumerate(ODD)} | {"twin": TWINS[0].text, "other_twin": TWINS[1].text}


def note_over(builder: Builder, size: int, *signers: Signer, bad: tuple[Signer, ...] = ()) -> bytes:
    """Return a head kept elsewhere, over so many records of a trail."""
    text = builder.text(size)
    lines = [signer.line(text) for signer in signers] + [signer.line(text, wrong=True) for signer in bad]
    return f"{text}\n{''.join(lines)}".encode()


FORM_HEADS: dict[str, Callable[[], bytes]] = {
    "first by new": lambda: note_over(rotated(), 1, NEW),
    "last by old": lambda: note_over(rotated(), 6, OLD),
    "first by old, new spoiled": lambda: note_over(rotated(), 1, OLD, bad=(NEW,)),
    "first by a stranger, new spoiled": lambda: note_over(rotated(), 1, OTHER, bad=(NEW,)),
    "first of the pruned, another": lambda: _invented(SEGMENT).encode(),
}


def _invented(size: int) -> str:
    text = f"{ORIGIN}\n{size}\n{'A' * 43}=\n"
    return f"{text}\n{OLD.line(text)}"


DROPPED: dict[str, Build] = {
    "dropped_as_two_records_disagree": _pruned_by(lambda b: prune(b, roots=[b.root_of(0)]).prune(0, [ROOT]).head(OLD)),
    "dropped_as_a_tail_disagrees": _pruned_by(lambda b: prune(prune(b, roots=[b.root_of(0)]).head(OLD))),
    "dropped_under_two_heads": _pruned_by(
        lambda b: prune(b.head(OLD).note(_invented(SEGMENT)), roots=[b.root_of(0)]).head(OLD)
    ),
    "dropped_by_a_witness": _pruned_by(
        lambda b: prune(
            b.records(1).head(OTHER, more=Signer(6, "witness.example.org", 4).cosignature(b.text()) + "\n"),
            roots=[b.root_of(0)],
        )
    ),
}
