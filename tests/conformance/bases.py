"""Base trails of the table: honest ones by the real writer and by the builder, and forged ones by the builder.

Each is a function that writes a trail into a directory; its name is the base's name in the table.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable
from pathlib import Path

from policykit.trail.format.checkpoint_log import cosignature_line, timestamp_line
from policykit.trail.format.keys import SigningKey
from policykit.trail.format.note import parse_signature_line
from policykit.trail.format.record import Record, RecordType
from policykit.trail.write.append import Trail
from policykit.trail.write.options import SyncMode, TrailOptions
from policykit.trail.write.prune import prune
from tests.conformance.builder import ORIGIN, SEGMENT, Builder, Signer

OLD, NEW, THIRD, OTHER, EVIL = (Signer(seed) for seed in range(1, 6))
WITNESS = Signer(6, "witness.example.org", 4)
FOREIGN = Signer(7, "example.org/another")
KEYS = {
    "old": OLD.text, "new": NEW.text, "third": THIRD.text, "other": OTHER.text, "witness": WITNESS.text,
    "foreign": FOREIGN.text,
}  # fmt: skip
TORN = "torn/000000-100-0123456789abcdef"
SHORT = Record(RecordType.STOP_TRIPPED, '"stop":"s"')
Build = Callable[[Path], object]


class SteadyClock:
    """A clock that moves a millisecond with each reading."""

    def __init__(self) -> None:
        self.ns = 1_795_000_000_000_000_000

    def now_ns(self) -> int:
        self.ns += 1_000_000
        return self.ns

    def monotonic_ns(self) -> int:
        return self.ns


def opened(directory: Path, signer: Signer = OLD, **options: object) -> Trail:
    """Open a trail with the real writer, with fixed seeds and clock."""
    key = real(signer)
    settings = {
        "sync": SyncMode.OS, "boot": "00000000", "state_directory": directory.parent / "state",
        "checkpoint_records": 10**6, "checkpoint_interval_s": 1e6, **options,
    }  # fmt: skip
    return Trail.open(directory, signer=key.note_signer(), clock=SteadyClock(), options=TrailOptions(**settings))


def real(signer: Signer) -> SigningKey:
    return SigningKey.from_seed(signer.name, signer.private.private_bytes_raw())


# -- honest trails by the real writer ----------------------------------------------------------------------------------


def plain(directory: Path) -> None:
    with opened(directory) as trail:
        for _ in range(9):
            trail.append(SHORT)


def heads(directory: Path) -> None:
    with opened(directory, checkpoint_records=1) as trail:
        for _ in range(9):
            trail.append(SHORT)


def rotated(directory: Path) -> None:
    with opened(directory) as trail:
        trail.append(SHORT)
        trail.rotate(real(NEW).note_signer(), new_key=NEW.text, old_key=OLD.text, reason="yearly")
        trail.append(SHORT)


def rotated_twice(directory: Path) -> None:
    rotated(directory)
    with opened(directory, NEW) as trail:
        trail.rotate(real(THIRD).note_signer(), new_key=THIRD.text, old_key=NEW.text, reason="yearly")
        trail.append(SHORT)


def witnessed(directory: Path) -> None:
    """Cosignatures, the first of which a record binds, and at the end a time stamp that nothing binds yet."""
    with opened(directory) as trail:
        for _ in range(3):
            trail.append(SHORT)
            _cosign(trail)
        trail.add_log_line(timestamp_line(4, base64.b64encode(b"a token that nobody reads here").decode()))


def _cosign(trail: Trail) -> None:
    signed = trail.checkpoint()
    assert signed is not None
    line = WITNESS.cosignature(signed.checkpoint.to_text())
    trail.add_log_line(cosignature_line(signed.checkpoint.size, parse_signature_line(line)))


def torn(directory: Path) -> None:
    """Two crashes in the middle of a record, each recovered from."""
    for _ in range(2):
        with opened(directory) as trail:
            trail.append(SHORT)
        with (directory / "seg/000000.jsonl").open("ab") as file:
            file.write(b'{"v":1,"seq":')
    with opened(directory) as trail:
        trail.append(SHORT)


def pruned(directory: Path) -> None:
    with opened(directory, retention_days=1) as trail:
        trail.append_all([SHORT] * (SEGMENT + 5))
        prune(trail, segments=1, authority="dpo", now=dt.datetime(2030, 1, 1, tzinfo=dt.UTC))
        trail.append(SHORT)


# -- trails by the builder ---------------------------------------------------------------------------------------------


def honest(count: int = 3) -> Builder:
    """Return the genesis and so many records, each under a head of its own."""
    builder = Builder().head(OLD)
    for _ in range(count):
        builder.records(1).head(OLD)
    return builder


def _loop(builder: Builder) -> Builder:
    builder.rotation(OLD, NEW).head(OLD, NEW).records(1).head(NEW)
    return builder.rotation(NEW, OLD).head(NEW, OLD).records(1).head(OLD)


def _twin_heads(builder: Builder) -> Builder:
    return builder.records(1).head(OLD).note(builder.published.decode())


def _smaller_head(builder: Builder) -> Builder:
    """A genuine older head in the log again, after a larger one."""
    text = builder.text(2)
    return builder.records(1).head(OLD).note(f"{text}\n{OLD.line(text)}", publish=False)


def _other_log(builder: Builder) -> Builder:
    builder.record("decision", named=f',"head":{builder.head_size},"log":"{"ab" * 32}"')
    return builder.head(OLD)


def _other_size(builder: Builder) -> Builder:
    builder.record("decision", named=f',"head":1,"log":"{builder.head_digest}"')
    return builder.head(OLD)


def _spoiled_bound_head(builder: Builder) -> Builder:
    """A head with a signature that does not verify, bound by later signed records: its signature is not looked at."""
    text = builder.records(1).text()
    builder.note(f"{text}\n{OLD.line(text, wrong=True)}")
    return builder.records(1).head(OLD)


def _spoiled_newest_head(builder: Builder) -> Builder:
    text = builder.records(1).text()
    return builder.note(f"{text}\n{OLD.line(text, wrong=True)}")


def recoveries(count: int) -> Builder:
    """Records of 65,000 bytes that every verifier parses."""
    builder = Builder()
    for _ in range(count):
        builder.record("recovery", causes=["x" * 64_800])
    return builder.head(OLD)


def _two_lines(builder: Builder, *, good_first: bool) -> Builder:
    text = builder.records(1).text()
    lines = [OLD.line(text), OLD.line(text, wrong=True)]
    return builder.note(f"{text}\n{''.join(lines if good_first else lines[::-1])}")


def _many_signers(builder: Builder, count: int) -> Builder:
    text = builder.records(1).text()
    return builder.note(f"{text}\n{OLD.line(text)}{Signer(9, 'w').line(text) * (count - 1)}")


def _long_note(builder: Builder, length: int) -> Builder:
    """A head whose note has so many bytes, by a long line after the root."""
    text = builder.records(1).text() + "x\n"
    text = text[:-1] + "x" * (length - len(f"{text}\n{OLD.line(text)}".encode())) + "\n"
    return builder.note(f"{text}\n{OLD.line(text)}")


def _long_record(builder: Builder, length: int) -> Builder:
    before = len(builder.record(x="").lines[-1])
    builder.lines.pop()
    builder.leaves.pop()
    return builder.record(named="", x="y" * (length - before)).head(OLD)


def _unknown_signers(builder: Builder, name: str) -> Builder:
    text = builder.records(1).text()
    return builder.note(f"{text}\n{OLD.line(text)}{Signer(9, name).line(text)}")


BUILT: dict[str, Callable[[], Builder]] = {
    "built": honest,
    "genesis_only": lambda: Builder().head(OLD),
    "never_signed": lambda: Builder().records(2),
    "tail": lambda: honest().records(3),
    "tail_names_another_log": lambda: honest().record(named=f',"head":4,"log":"{"cd" * 32}"').records(1),
    "one_head": lambda: Builder().records(4).head(OLD),
    "extension_lines": lambda: honest().records(1).note(_extended(honest().records(1))),
    "twin_heads": lambda: _twin_heads(honest()),
    "smaller_head": lambda: _smaller_head(honest()),
    "another_log": lambda: _other_log(honest()),
    "another_size": lambda: _other_size(honest()),
    "spoiled_bound_head": lambda: _spoiled_bound_head(honest()),
    "spoiled_newest_head": lambda: _spoiled_newest_head(honest()),
    "good_line_first": lambda: _two_lines(honest(), good_first=True),
    "bad_line_first": lambda: _two_lines(honest(), good_first=False),
    "odd_signer": lambda: _unknown_signers(honest(), "del\x7f\u200b\ufeff"),
    "signer_with_a_wide_space": lambda: _unknown_signers(honest(), "a\u2003b"),
    "two_origins": lambda: honest().records(1).note(_of_another_origin(honest().records(1))),
    "another_origin_in_between": lambda: (
        honest().records(1).note(_of_another_origin(honest().records(1))).records(1).head(OLD)
    ),
    "genesis_of_another": lambda: Builder("example.org/another").rename(ORIGIN).records(2).head(OLD),
    "second_genesis": lambda: honest().record("genesis", origin=ORIGIN).head(OLD),
    "no_genesis": lambda: Builder(genesis=False).records(3).head(OLD),
    "doubled_name_in_recovery": lambda: honest().line_of("recovery", '"causes":[],"adopted":0,"adopted":0').head(OLD),
    "doubled_name_deep_in_recovery": lambda: honest().line_of("recovery", '"causes":[{"a":1,"a":2}]').head(OLD),
    "nan_in_recovery": lambda: honest().line_of("recovery", '"causes":[],"adopted":NaN').head(OLD),
    "huge_number_in_recovery": lambda: honest().line_of("recovery", '"causes":[],"adopted":1e999').head(OLD),
    "hundred_signers": lambda: _many_signers(honest(), 100),
    "hundred_and_one_signers": lambda: _many_signers(honest(), 101),
    "long_name": lambda: _unknown_signers(honest(), "é" * 200),
    "long_note": lambda: _long_note(honest(), 1 << 20),
    "too_long_note": lambda: _long_note(honest(), (1 << 20) + 1),
    "long_record": lambda: _long_record(Builder(), 65_535),
    "too_long_record": lambda: _long_record(Builder(), 65_536),
    "long_number": lambda: honest().line_of("recovery", '"adopted":' + "9" * 400).head(OLD),
    "too_long_number": lambda: honest().line_of("recovery", '"adopted":' + "9" * 401).head(OLD),
    "many_recoveries": lambda: recoveries(70),
    "rather_deep_recovery": lambda: honest().line_of("recovery", '"causes":' + "[" * 99 + "]" * 99).head(OLD),
    "deep_recovery": lambda: honest().line_of("recovery", '"causes":' + "[" * 100 + "]" * 100).head(OLD),
    "not_json_in_recovery": lambda: honest().line_of("recovery", '"causes":').head(OLD),
    "not_json_in_a_decision": lambda: honest().line_of("decision", '"clauses":').head(OLD),
    "fragment_outside": lambda: (
        honest().record("recovery", torn={"file": "../x", "bytes": 1, "sha256": "00"}).head(OLD)
    ),
    "fragment_of_no_length": lambda: honest().record("recovery", torn={"file": TORN, "sha256": "00"}).head(OLD),
    "fragment_that_is_no_object": lambda: honest().record("recovery", torn=[TORN]).head(OLD),
    "a_type_of_a_newer_version": lambda: honest().record("from_tomorrow", said="something").head(OLD),
    # -- keys: rotations that are proved, and those that are not
    "loop": lambda: _loop(honest()),
    "to_itself": lambda: honest().rotation(OLD, OLD).head(OLD).records(1).head(OLD),
    "two_at_once": lambda: (
        honest().rotation(OLD, NEW).rotation(NEW, THIRD).head(OLD, NEW, THIRD).records(1).head(THIRD)
    ),
    "two_at_once_one_silent": lambda: (
        honest().rotation(OLD, NEW).rotation(NEW, THIRD).head(OLD, THIRD).records(1).head(THIRD)
    ),
    "rotation_in_the_tail": lambda: honest().rotation(OLD, NEW),
    "new_key_never_signed": lambda: honest().rotation(OLD, NEW).head(OLD).records(1).head(NEW),
    "old_key_did_not_sign": lambda: honest().rotation(OLD, NEW).head(NEW).records(1).head(NEW),
    "old_key_signs_on": lambda: honest().rotation(OLD, NEW).head(OLD, NEW).records(1).head(OLD),
    "both_keys_sign_on": lambda: honest().rotation(OLD, NEW).head(OLD, NEW).records(1).head(OLD, NEW),
    "rotation_to_another_name": lambda: honest().rotation(OLD, FOREIGN).head(OLD, FOREIGN),
    "rotation_to_a_witness": lambda: honest().rotation(OLD, Signer(6, ORIGIN, 4)).head(OLD),
    "rotation_to_no_key": lambda: honest().record("key_rotation", old_key=OLD.text, new_key="x").head(OLD),
    "rotation_to_no_key_in_the_tail": lambda: honest().record("key_rotation", old_key=OLD.text, new_key="x"),
    "forged_whole": lambda: Builder().records(3).rotation(EVIL, OLD).head(EVIL),
    "forged_whole_with_a_line": lambda: _forged_with_a_line(Builder().records(3).rotation(EVIL, OLD)),
    "forged_through_a_tail": lambda: Builder().records(3).head(EVIL).rotation(EVIL, OLD),
    "forged_continuation": lambda: honest().records(1).rotation(EVIL, OLD).head(EVIL),
    "forged_succession": lambda: honest().records(1).rotation(OLD, EVIL).head(EVIL),
    "forged_chain": lambda: honest().rotation(EVIL, NEW).rotation(NEW, OLD).head(EVIL, NEW),
}


def _extended(builder: Builder) -> str:
    text = builder.text() + "a line of somebody else\n"
    return f"{text}\n{OLD.line(text)}"


def _of_another_origin(builder: Builder) -> str:
    text = builder.text().replace(ORIGIN, FOREIGN.name)
    return f"{text}\n{FOREIGN.line(text)}{OLD.line(text)}"


def _forged_with_a_line(builder: Builder) -> Builder:
    """The victim's line is there, copied from a genuine head: it does not verify over this text."""
    genuine = honest()
    line = genuine.published.decode().split("\n\n")[1]
    text = builder.text()
    return builder.note(f"{text}\n{EVIL.line(text)}{line}")


def honest_rotation() -> Builder:
    return Builder().head(OLD).records(2).head(OLD).rotation(OLD, NEW).head(OLD, NEW)


def _pruned_by(write: Callable[[Builder], object], begin: Callable[[], Builder] = Builder) -> Build:
    """Return a trail of one full segment, dropped, and what follows."""

    def build(directory: Path) -> None:
        builder = begin()
        builder.records(SEGMENT - builder.size)
        write(builder)
        builder.write(directory, first=1, tiles=False)

    return build


WRITTEN: dict[str, Build] = {
    build.__name__: build for build in (plain, heads, rotated, rotated_twice, witnessed, torn, pruned)
}
LARGE: dict[str, Build] = {
    "pruned": pruned,
    "dropped_and_signed": _pruned_by(lambda b: b.head(OLD).prune(0, [b.root_of(0)]).head(OLD).records(1).head(OLD)),
    "dropped_in_two_goes": _pruned_by(
        lambda b: b.head(OLD).prune(0, [b.root_of(0)]).prune(0, [b.root_of(0)]).head(OLD).records(1).head(OLD)
    ),
    "dropped_with_another_root": _pruned_by(lambda b: b.head(OLD).prune(0, ["ab" * 32]).head(OLD)),
    "dropped_by_a_tail": _pruned_by(lambda b: b.records(1).head(OLD).prune(0, [b.root_of(0)])),
    "dropped_with_a_rotation": _pruned_by(
        lambda b: b.head(NEW).prune(0, [b.root_of(0)]).head(NEW).records(1).head(NEW), begin=honest_rotation
    ),
    "dropped_without_a_word": _pruned_by(lambda b: b.records(1).head(OLD)),
    "dropped_as_another": _pruned_by(lambda b: b.prune(0, [b.root_of(0)], origin=FOREIGN.name).head(OLD)),
}


def build(name: str, directory: Path) -> Path:
    """Write the base trail of this name."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    maker = {**WRITTEN, **LARGE}.get(name)
    if maker is not None:
        maker(directory)
    else:
        BUILT[name]().write(directory)
    return directory
