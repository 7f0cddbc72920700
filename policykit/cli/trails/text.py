"""What `policykit trail verify` prints: the answer, the claims, and a paragraph in plain words.

The paragraph is for an auditor who never used a terminal.
"""

from __future__ import annotations

import json
import shlex
import textwrap
from dataclasses import dataclass
from pathlib import Path

from policykit.source.diagnostic import Diagnostic
from policykit.trail.problems import shown
from policykit.trail.verify.recoveries import FOREIGN
from policykit.trail.verify.verdict import EXIT_CACHE, EXIT_UNSIGNED, Claim, TrailFinding, TrailVerdict, Verification

WIDTH = 80
"""Characters of a line; fewer in a terminal that has fewer."""
_COLUMN = 14
_COLOURS = {TrailVerdict.VALID: "32", TrailVerdict.INVALID: "31", TrailVerdict.UNVERIFIABLE: "33"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command was asked, as far as its text depends on it."""

    directory: Path
    has_head: bool
    has_witnesses: bool
    accepts_unsigned: bool

    def exit_code(self, found: Verification) -> int:
        """Return the exit status: unsigned records are no matter when they are accepted."""
        code = found.exit_code
        if code == EXIT_UNSIGNED and self.accepts_unsigned:
            return EXIT_CACHE if found.is_cache_wrong else 0
        return code


def answer(found: Verification) -> str:
    """Return the first line."""
    if found.verdict is not TrailVerdict.VALID:
        return found.verdict.value
    if found.unsigned_tail:
        are = "record is" if found.unsigned_tail == 1 else "records are"
        return f"VALID UP TO RECORD {found.signed_size - 1}; {found.unsigned_tail} later {are} not signed"
    return "VALID, but the tile cache is wrong" if found.is_cache_wrong else "VALID"


def verification_text(found: Verification, asked: Asked, *, colour: bool, width: int = WIDTH) -> str:
    """Return everything that is printed."""
    parts = [_painted(answer(found), found.verdict, colour=colour), ""]
    for finding in found.findings:
        parts.extend(_claim(finding, width, colour=colour))
    for problem in found.cache_problems:
        parts.extend(_row("tile cache", "WRONG", _told(problem), width))
    parts.extend(_note("records", _stored(found), width))
    for note in found.notes:
        parts.extend(_note("note", note, width))
    return "\n".join([*parts, "", *_plain(found, asked, width), ""])


def _stored(found: Verification) -> str:
    """Return how many records there are; after one that is wrong nobody can count on."""
    if any(finding.first_bad is not None for finding in found.findings):
        return f"{found.size} read before the first bad one"
    return f"{found.size} stored{f', {found.unsigned_tail} of them unsigned' if found.signed_size else ''}"


def _claim(finding: TrailFinding, width: int, *, colour: bool) -> list[str]:
    told = [finding.detail] if finding.diagnostic is None else _told(finding.diagnostic)
    if finding.first_bad is not None:
        told.insert(1, f"first bad record: {finding.first_bad}")
    rows = _row(finding.claim.value, finding.verdict.value, told, width)
    rows[0] = rows[0].replace(finding.verdict.value, _painted(finding.verdict.value, finding.verdict, colour=colour), 1)
    return rows


def _told(problem: Diagnostic) -> list[str]:
    named = (("expected ", problem.expected), ("got ", problem.got), ("in ", problem.where()))
    parts = [f"{problem.code}: {problem.message}", *(f"{name}{text}" for name, text in named if text)]
    return [*parts, *([problem.help] if problem.help else [])]


def _row(name: str, verdict: str, told: list[str], width: int) -> list[str]:
    first = f"{name:<{_COLUMN}}{verdict:<{_COLUMN}}"
    lines = _wrapped(told[0], width, first, " " * 2 * _COLUMN)
    for text in told[1:]:
        lines.extend(_wrapped(text, width, " " * 2 * _COLUMN, " " * (2 * _COLUMN + 2)))
    return lines


def _note(name: str, text: str, width: int) -> list[str]:
    return _wrapped(text, width, f"{name:<{_COLUMN}}", " " * _COLUMN)


def _wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Return lines that break between words only: a digest, a key or a path stays in one piece."""
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    ) or [first.rstrip()]


def _painted(text: str, verdict: TrailVerdict, *, colour: bool) -> str:
    return f"\x1b[1;{_COLOURS[verdict]}m{text}\x1b[0m" if colour else text


# -- the paragraph ----------------------------------------------------------------------------------------------------


def _plain(found: Verification, asked: Asked, width: int) -> list[str]:
    if found.verdict is TrailVerdict.INVALID:
        sentences = _plain_invalid(found)
    elif found.verdict is TrailVerdict.UNVERIFIABLE:
        sentences = _plain_unverifiable(found)
    else:
        sentences = [*_plain_valid(found), *_plain_seen(found, asked), _not_shown(asked)]
    act, command = _next(found, asked)
    last = _wrapped(f"Next: {act}", width)
    return [*_wrapped(" ".join(sentences), width), "", *last, *([f"    {command}"] if command else [])]


def _plain_valid(found: Verification) -> list[str]:
    sentences = [f"This trail holds {_count(found.size - found.pruned)}."]
    if found.pruned:
        sentences.append(f"{_count(found.pruned)} before these were removed after their retention period.")
    is_all = not found.unsigned_tail and not found.appended_since
    subject = "All of them are" if is_all else f"Those up to record {found.signed_size - 1} are"
    sentences.append(f"{subject} signed by {_signers(found)}; none of these was changed, removed or put in since then.")
    if found.first_time and found.signed_time:
        sentences.append(
            f"By the clock of the computer that wrote them, they date from {_instant(found.first_time)} to"
            f" {_instant(found.signed_time)}."
        )
    if any(FOREIGN in note for note in found.notes):
        sentences.append("Some may have been put in by somebody else before they were signed: see the notes above.")
    if found.unsigned_tail:
        subject = "record is" if found.unsigned_tail == 1 else f"{_count(found.unsigned_tail)} are"
        sentences.append(f"The last {subject} not signed: anybody who can write this folder could have made them.")
    if found.appended_since:
        sentences.append(f"While this was checked, {_count(found.appended_since)} more arrived; they were not judged.")
    return sentences


def _plain_seen(found: Verification, asked: Asked) -> list[str]:
    sentences = [
        f"The authority {shown(stamp.authority, 200)} saw the first {_count(stamp.size)} no later than"
        f" {_instant(stamp.time.isoformat())}."
        for stamp in found.timestamps[-1:]
    ]
    if found.anchored_size:
        sentences.append(f"The witnesses whom you named saw the first {_count(found.anchored_size)}.")
    if not sentences and not asked.has_witnesses:
        sentences.append("No one else is shown to have seen it.")
    return sentences


def _not_shown(asked: Asked) -> str:
    cut = "" if asked.has_head else "whether newer records were cut off, because no head kept elsewhere was given; "
    return f"Not shown: {cut}whether the times are right; and what was never recorded."


def _plain_invalid(found: Verification) -> list[str]:
    bad = next((f for f in found.findings if f.verdict is TrailVerdict.INVALID), None)
    first = bad.first_bad if bad else None
    sentences = ["Something in this folder contradicts what was signed, or is not what a trail may hold; see above."]
    if first:
        # A changed record shows in the one after it, which names its hash.
        sentences.append(f"Do not rely on any record from number {max(first - 1, 0)} on.")
    elif bad is not None and bad.claim is Claim.COMPLETENESS:
        sentences.append("Records are missing, or this is not the trail that was remembered.")
    return sentences


def _plain_unverifiable(found: Verification) -> list[str]:
    bad = next((f for f in found.findings if f.verdict is TrailVerdict.UNVERIFIABLE), None)
    problem = bad.diagnostic if bad else None
    if problem is not None and "belong" in problem.message:
        plural = problem.message.startswith("these")
        signer = problem.expected.partition("such as ")[2] or "another key"
        keys = "keys you gave are" if plural else "key you gave is"
        first = f"{problem.message.capitalize()}: the trail is signed by {signer}; the {keys} {problem.got}."
    else:
        first = (
            "It cannot be said whether this trail is as it was signed: something that would tell is missing; see above."
        )
    return [first, "Nothing was found that contradicts what was signed, and nothing proves the trail right."]


def _next(found: Verification, asked: Asked) -> tuple[str, str]:
    """Return what to do next, and the command that does it."""
    directory = shlex.quote(str(asked.directory))
    keep = f"policykit trail head {directory} > kept-head"
    if found.verdict is TrailVerdict.INVALID:
        return "keep this folder as it is, restore the trail from a copy to another folder, and verify that.", ""
    if found.verdict is TrailVerdict.UNVERIFIABLE:
        return f"{_ASK}, and verify again.", ""
    if found.unsigned_tail and not asked.accepts_unsigned:
        return _SIGN, ""
    if found.is_cache_wrong:
        return "write the tile cache again from the records:", f"policykit trail tiles {directory}"
    if asked.has_head:
        return "keep the newest head in place of the one that you gave:", keep
    return "keep the newest head where the trail's writer cannot reach it, and add --head kept-head next time:", keep


_ASK = (
    "ask whoever runs the trail for what is missing (its verifier key, in a way that you trust; a whole copy of the"
    " folder)"
)
_SIGN = (
    "let the program that writes the trail sign the rest (it does so when it runs again), and verify again. If the"
    " signed records are enough for you, add --accept-unsigned."
)


def _count(number: int) -> str:
    return "1 record" if number == 1 else f"{number:,} records"


def _signers(found: Verification) -> str:
    names = [signer.rpartition("+") for signer in found.signers]
    return " and ".join(f"{shown(name, 255)} (key {key_id})" for name, _, key_id in names) or "a key that you trust"


def _instant(text: str) -> str:
    return f"{text[:10]} {text[11:19]} UTC"


# -- for programs -----------------------------------------------------------------------------------------------------


def verification_json(found: Verification, code: int) -> str:
    """Return the same as one JSON object."""
    value = {
        "answer": answer(found),
        "exit": code,
        "verdict": found.verdict.value,
        "origin": found.origin,
        "signers": list(found.signers),
        "size": found.size,
        "signed_size": found.signed_size,
        "unsigned": found.unsigned_tail,
        "appended_since": found.appended_since,
        "anchored_size": found.anchored_size,
        "pruned": found.pruned,
        "first_time": found.first_time,
        "signed_time": found.signed_time,
        "findings": [_finding_members(finding) for finding in found.findings],
        "cache_problems": [str(problem) for problem in found.cache_problems],
        "notes": list(found.notes),
        "timestamps": [str(stamp) for stamp in found.timestamps],
    }
    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


def _finding_members(finding: TrailFinding) -> dict[str, object]:
    code = finding.diagnostic.code if finding.diagnostic else ""
    members = {"claim": finding.claim.value, "verdict": finding.verdict.value, "detail": finding.detail}
    return {**members, "code": code, "first_bad": finding.first_bad}
