"""What the parser did not understand, said so that the writer sees what was meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

from policykit.language.parse import slips
from policykit.language.parse.faults import Fault
from policykit.language.parse.grammar import STATEMENTS, describe, keywords
from policykit.language.parse.guesses import GUESSES, LATER
from policykit.language.parse.place import FaultPlace, words_of
from policykit.source import Diagnostic, SourceFile, Span, nearest
from policykit.source.folding import fold

_MAX_SHOWN = 8
_OTHER_SPELLINGS = {"`&&`", "`||`", "`!`", "`==`", "`!=`"}
"""Accepted, but not what the language calls them."""
PARTS = frozenset({
    "owner", "because", "shown", "before", "applies", "remedy", "check", "no", "measure", "baseline", "target",
    "report", "on", "when", "then", "unknown", "from", "until", "send", "shadow", "resume", "approved", "given",
    "expect", "title", "timezone", "known", "permits", "with", "of",
})  # fmt: skip
"""The words that parts of statements begin with."""
_UNITS = (
    "%", "percentage points", "ms", "seconds", "minutes", "hours", "days", "weeks", "EUR", "USD", "GBP", "CHF", "JPY",
)  # fmt: skip
_WORD = re.compile(r"[^\s\"#()\[\],]+|\S")
_WORD_BEFORE = re.compile(r"[A-Za-z0-9_.-]+\Z")


def mistake_of(source: SourceFile, fault: Fault) -> Diagnostic:
    """Return the diagnostic for what did not fit."""
    if fault.at_end:
        end = len(source.text.rstrip())
        return _asked(source, fault, Span(max(0, end - 1), end), only_choice=True) or Diagnostic(
            "PK021", "the file ends in the middle of a statement", source=source, span=Span(max(0, end - 1), end),
            expected=_list(fault),
        )  # fmt: skip
    if fault.start == fault.end and source.text[fault.start] == '"' and not _closed(source, fault.start):
        return Diagnostic(
            "PK022", "a quoted text does not end on its line", source=source,
            span=Span(fault.start, _line_end(source, fault.start)),
            help='close it with `"`; write `\\n` for a line break',
        )  # fmt: skip
    return _unexpected(source, fault)


def _closed(source: SourceFile, start: int) -> bool:
    return re.compile(r'"(?:[^"\\\n]|\\.)*"').match(source.text, start) is not None


def _line_end(source: SourceFile, start: int) -> int:
    end = source.text.find("\n", start)
    return end if end >= 0 else len(source.text)


def _span(source: SourceFile, fault: Fault) -> Span:
    word = _WORD.match(source.text, fault.start, fault.start + 200)
    return Span(fault.start, max(fault.end, word.end() if word and fault.end - fault.start < 200 else fault.end, 1))


def _asked(source: SourceFile, fault: Fault, span: Span, *, only_choice: bool = False) -> Diagnostic | None:
    """Return what the first of the guesses says."""
    place = FaultPlace(source, fault, span, source.quote(span))
    for guess in GUESSES:
        found = guess(place) if not only_choice or guess.__name__ == "choice" else None
        if found is not None:
            return found
    return None


def _unexpected(source: SourceFile, fault: Fault) -> Diagnostic:
    span = _span(source, fault)
    word = source.quote(span)
    place = FaultPlace(source, fault, span, word)
    guessed = _asked(source, fault, span) or _unit(place) or LATER[0](place)
    if guessed is not None:
        return guessed
    if not word[0].isascii():
        return _foreign_letter(source, Span(span.start, span.end))
    if split := _split(place):
        return _run_together(place, split)
    help_ = _help(word, fault.expected, same_line=place.is_after("NAME"))
    if not help_:
        later = next(filter(None, (guess(place) for guess in LATER[1:])), None)
        if later is not None:
            return later
    if fault.glued and not help_ and word not in keywords().values():
        return _run_together(place, "")
    return Diagnostic(
        "PK020", "this does not fit here", source=source, span=span, expected=_list(fault),
        got=f"`{word[:60]}`", help=help_,
    )  # fmt: skip


def _split(at: FaultPlace) -> str:
    """Return a word as the two that it can be: a keyword that fits, and one that the language or the file has."""
    for first in (at.fault.glued, *(keywords()[t] for t in sorted(at.fault.expected) if t in keywords())):
        rest = at.word[len(first) :]
        if not first or not at.word.startswith(first) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]+", rest):
            continue
        if rest in keywords().values() or rest in words_of(at.text)[0]:
            return f"{first} {rest}"
    return ""


def _run_together(at: FaultPlace, split: str) -> Diagnostic:
    """Say that a keyword is the beginning of a longer word, which nothing here can be."""
    return Diagnostic(
        "PK033", f"`{at.word[:60]}` is one word, and none that fits here", source=at.source, span=at.span,
        expected=_list(at.fault), help=f"where two words are meant, write `{split[:120]}`" if split else "",
    )  # fmt: skip


def _foreign_letter(source: SourceFile, span: Span) -> Diagnostic:
    """Say which letter of a word is not the one that it looks like."""
    before = _WORD_BEFORE.search(source.text[max(0, span.start - 80) : span.start])
    start = span.start - (len(before.group()) if before else 0)
    letter = source.text[span.start]
    whole = source.text[start : span.end]
    name = unicodedata.name(letter, "a character without a name").lower()
    return Diagnostic(
        "PK032", f"U+{ord(letter):04X} ({name}) is no letter of a name or keyword", source=source,
        span=Span(start, span.end), expected="a letter from `a` to `z`, a digit or `_`",
        help=_in_plain_letters(whole) or "put it into a quoted text or delete it",
    )  # fmt: skip


def _in_plain_letters(word: str) -> str:
    """Return the help that writes a whole word in the letters of the language, and a number in its digits and signs."""
    if word[-1] in "\u2030\u2031" and re.fullmatch(r"[0-9][0-9_]*(?:\.[0-9]+)?", word[:-1].strip()):
        share = Decimal(word[:-1].replace("_", "").strip()) / (10 if word[-1] == "\u2030" else 100)
        return f"write `{share.normalize():f}%`"
    if any(unicodedata.category(letter) == "No" for letter in word):
        value = unicodedata.numeric(word) if len(word) == 1 else None
        half = f"write `{value:g}`, or `{value:.0%}` of a whole" if value in {0.5, 0.25, 0.75} else ""
        return half or "write the number with digits and a decimal point"
    # folded among Latin letters, so that a look-alike becomes the letter it imitates
    plain = fold(f"a{word}a")[1:-1].replace("\u066a", "%")
    return f"write `{plain}`" if re.fullmatch(r"[A-Za-z0-9_.%-]+", plain) else ""


def _unit(at: FaultPlace) -> Diagnostic | None:
    """Tell a word behind a number that can be meant as its unit."""
    if not at.is_after("NUMBER") or "PERCENT" not in at.fault.expected:
        return None
    unit = at.word.rstrip(".:;")
    known = slips.UNITS.get(unit.lower()) or slips.NO_UNITS.get(unit.lower())
    near = nearest(unit, _UNITS) if unit not in keywords().values() and unit not in slips.SLIPS else None
    code = unit.upper() if re.fullmatch(r"[a-z]{3}", unit) and unit.upper() in _UNITS else None
    if not (known or near or code or _touches(at)):
        return None
    meant = code or known or near
    return Diagnostic(
        "PK220", f"unknown unit `{unit[:60]}`", source=at.source, span=Span(at.span.start, at.span.start + len(unit)),
        expected="`%`, `percentage points`, `ms`, `seconds`, `minutes`, `hours`, `days`, `weeks` or a currency",
        help=_unit_help(str(at.fault.before[-1]), unit, meant),
    )  # fmt: skip


def _touches(at: FaultPlace) -> bool:
    """Whether a word is written right behind the number, so that it can be nothing else."""
    return at.fault.before[-1].end_pos == at.span.start and at.word[0].isalpha()


def _unit_help(number: str, unit: str, meant: str | None) -> str:
    if unit.lower() in slips.NO_UNITS:
        return slips.no_unit_help(number, unit.lower())
    if unit == "m":
        return "write `minutes`, or for millions `000_000` behind `_`"
    return f"did you mean `{meant}`?" if meant else "write one of these, or a blank before a word that is no unit"


def _list(fault: Fault) -> str:
    names = sorted({describe(t) for t in fault.expected if t not in {"WS", "COMMENT"}} - _OTHER_SPELLINGS)
    if not names or len(names) > _MAX_SHOWN:
        return _summary(names, fault.statement)
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]


def _summary(names: list[str], statement: str) -> str:
    if not names:
        return ""
    if "`requirement`" in names:
        return _parts(names, statement)
    if "a quoted text" in names and "`(`" in names:
        return "a fact, a literal or a list"
    return ", ".join(names[:_MAX_SHOWN]) + " or another of the words that can stand here"


def _parts(names: list[str], statement: str) -> str:
    """Return the parts that can still follow in this statement, or say that another can begin."""
    parts = [name for name in names if name.strip("`") in PARTS]
    if not statement or not parts:
        return "a statement such as `requirement`, `rule` or `section`"
    return f"a further part of this `{statement}` ({', '.join(parts)}), or the next statement"


def _help(word: str, expected: Iterable[str], *, same_line: bool) -> str:
    words = [keywords()[t] for t in expected if t in keywords() and keywords()[t].replace("-", "").isidentifier()]
    words += ["sign-off"] if "SIGN_OFF" in expected else []
    meant = nearest(word.lower(), [w for w in words if not same_line or w not in STATEMENTS])
    if meant:
        return f"did you mean `{meant}`?"
    if word in {"/", "÷"}:
        return "there is no division; multiply the other side instead"
    return ""
