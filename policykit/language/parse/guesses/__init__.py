"""Mistakes of form that can be told from what is written, each with what was meant.

Every function looks at one fault and answers with a diagnostic, or with None when the fault is not its own. A help
here is a text that takes the place of what is underlined.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from decimal import Decimal

from policykit.language.parse import slips
from policykit.language.parse.grammar import keywords
from policykit.language.parse.guesses.names import one_word, untexted
from policykit.language.parse.guesses.parts import behind_has, second_gate, two_ages
from policykit.language.parse.phrases.phrased import phrase
from policykit.language.parse.place import FaultPlace, found
from policykit.source import Diagnostic, Span

_ID = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-[0-9]+\Z")
_ID_BEHIND = re.compile(r"\s+[A-Z][A-Z0-9]*-")
_TEXT = r'"(?:[^"\\\n]|\\.)*"'
_TEXTS = re.compile(rf"{_TEXT}(?:\s*(?:,\s*or\b|,|\bor\b|\band\b)\s*{_TEXT})+")


def blank(at: FaultPlace) -> Diagnostic | None:
    """Tell a blank that is none: a no-break space and the like, underlining nothing else."""
    letter = at.text[at.span.start]
    if letter.isascii() or unicodedata.category(letter) not in ("Zs", "Cf", "Zl", "Zp"):
        return None
    name = unicodedata.name(letter, "a blank without a name").lower()
    return found(
        at, "PK032", f"U+{ord(letter):04X} ({name}) is no blank of the language",
        Span(at.span.start, at.span.start + 1), "write an ordinary blank",
    )  # fmt: skip


def quotes(at: FaultPlace) -> Diagnostic | None:
    """Tell a text in other quotation marks."""
    mark, start = at.text[at.span.start], at.span.start
    closing = slips.QUOTES.get(mark)
    if closing is None:
        return None
    line = at.text[start + 1 :].partition("\n")[0][:2000]
    ends = [place for place in map(line.rfind if mark == "'" and line.count("'") != 1 else line.find, closing + '"')
            if place >= 0]  # fmt: skip
    if not ends:
        return found(
            at, "PK035", f"`{mark}` begins no text", Span(start, start + 1), 'write straight quotes: `"`',
            expected='a text between `"` and `"`',
        )  # fmt: skip
    inner = line[: min(ends)].replace("\\", "\\\\").replace('"', '\\"')
    return found(
        at, "PK035", f"`{mark}` begins no text", Span(start, start + min(ends) + 2),
        f'write straight quotes: `"{inner}"`', expected='a text between `"` and `"`',
    )  # fmt: skip


def clause_id(at: FaultPlace) -> Diagnostic | None:
    """Tell a clause ID with another dash, or in small letters."""
    if not {"ID", "PACK_ID"} & at.fault.expected:
        return None
    dash = next((letter for letter in at.word if letter in slips.DASHES), "")
    plain = re.sub(f"[{slips.DASHES}]", "-", at.word)
    if dash and _ID.match(plain):
        name = unicodedata.name(dash).lower()
        return found(
            at, "PK032", f"`{dash}` in `{at.word}` is U+{ord(dash):04X} ({name}), not the sign `-`", at.span,
            f"write `{plain}`", expected="a clause ID such as `EVAL-1`",
        )  # fmt: skip
    if at.word != at.word.upper() and _ID.match(at.word.upper().replace("_", "-")):
        return found(
            at, "PK034", f"`{at.word}` is no clause ID", at.span,
            f"write `{at.word.upper().replace('_', '-')}`", expected="capitals, `-` and a number",
        )  # fmt: skip
    return None


def currency(at: FaultPlace) -> Diagnostic | None:
    """Tell an amount whose currency stands before it, or is a sign."""
    text, start = at.text, at.span.start
    code = slips.CURRENCY_SIGNS.get(text[start])
    if code is not None and at.is_after("NUMBER"):
        begin = at.start_of(1)
        number = slips.plain_number(text[begin:start].strip()) or text[begin:start].strip()
        return _amount(at, Span(begin, start + 1), number, code)
    behind = start + 1
    if code is None and re.match(r"[A-Z]{3}(?=[ \t]?[0-9])", text[start : start + 5]):
        code, behind = text[start : start + 3], start + 3
    if code is None:
        return None
    behind += len(text[behind : behind + 1]) - len(text[behind : behind + 1].lstrip(" \t"))
    amount = slips.number_at(text, behind)
    return _amount(at, Span(start, amount[0]), amount[1], code) if amount else None


def _amount(at: FaultPlace, span: Span, number: str, code: str) -> Diagnostic:
    meant = [f"`{number} {code}`"]
    if re.fullmatch(r"[1-9][0-9]{0,2}\.[0-9]{3}", number):  # thousands, or three decimals
        few = number.rstrip("0").rstrip(".")
        meant = [f"`{number.replace('.', '_')} {code}`", f"`{few} {code}`"]
    return found(
        at, "PK036", "the currency stands behind the amount, as a code of three letters", span,
        f"write {' or '.join(meant)}{', whichever is meant' if len(meant) > 1 else ''}",
    )  # fmt: skip


def number(at: FaultPlace) -> Diagnostic | None:
    """Tell a number with a decimal comma, with another sign between thousands, or with `k` behind it."""
    back = _number_before(at)
    if back == 0:
        return None
    begin, text = at.start_of(back), at.text
    power = re.fullmatch(r"[eE]\+?([0-9]{1,2})", at.word)
    if power and at.is_after("NUMBER"):
        whole = Decimal(text[begin : at.span.start].strip().replace("_", "")).scaleb(int(power.group(1)))
        span = Span(begin, at.span.end)
        return found(at, "PK036", "a number is written with all of its digits", span, f"write `{int(whole):_}`")
    multiple = slips.MULTIPLES.get(at.word)
    if multiple is not None and at.is_after("NUMBER"):
        value = int(float(text[begin : at.span.start].strip().replace("_", "")) * 10**multiple)
        return found(at, "PK036", f"`{at.word}` is no unit", Span(begin, at.span.end), f"write `{value:_}`")
    meant = slips.number_at(text, begin)
    if meant is None or meant[0] <= at.span.start:
        return None
    end, unit = slips.unit_at(text, meant[0])
    comma = "," in text[begin : meant[0]] and "." in meant[1]
    return found(
        at, "PK036", "a number is written with a decimal point, and with `_` between thousands", Span(begin, end),
        f"write {'a decimal point' if comma else '`_` between thousands'}: `{meant[1]}{unit}`",
    )  # fmt: skip


def _number_before(at: FaultPlace) -> int:
    """Return how many tokens back a number begins that the fault may belong to; 0 for none."""
    if at.types(1) == ["NUMBER"]:
        return 1
    return 2 if at.types(2) == ["NUMBER", "COMMA"] and at.word[0].isdigit() else 0


def day_time(at: FaultPlace) -> Diagnostic | None:
    """Tell a time of day of twelve hours."""
    half = at.word.lower().replace(".", "").rstrip(",)")
    if half not in {"am", "pm"} or at.types(1) not in (["TIME"], ["NUMBER"]):
        return None
    written = str(at.fault.before[-1])
    hour, _, rest = written.partition(":")
    if not hour.isdigit() or not 1 <= int(hour) <= 12:
        return None
    meant = f"{int(hour) % 12 + (12 if half == 'pm' else 0):02}:{rest or '00'}"
    return found(
        at, "PK034", "a day has 24 hours", Span(at.start_of(1), at.span.end), f"write `{meant}`",
        expected="a time of day from `00:00` to `23:59`",
    )  # fmt: skip


def choice(at: FaultPlace) -> Diagnostic | None:
    """Tell `is "a" or "b"`, which asks for membership."""
    verbs = ("is", "not", "==", "!=")
    texts_behind = [i for i, t in enumerate(at.fault.before) if i and t.type == "TEXT"]
    place = next((i for i in texts_behind if str(at.fault.before[i - 1]) in verbs), None)
    if place is None:
        return None
    first = at.fault.before[place]
    texts = _TEXTS.match(at.text, first.start_pos or 0)
    if texts is None or at.text[texts.end() : at.fault.start].strip():
        return None
    begin, verb = _verb(at, place)
    listed = ", ".join(re.findall(_TEXT, texts.group()))
    return found(
        at, "PK034", f"`{verb}` takes one value", Span(begin, texts.end()),
        f"write `{'in' if verb == 'is' else 'not in'} [{listed}]`",
    )  # fmt: skip


def _verb(at: FaultPlace, place: int) -> tuple[int, str]:
    before = at.fault.before[place - 1]
    if str(before) == "not" and place > 1 and str(at.fault.before[place - 2]) in ("is", "=="):
        return at.fault.before[place - 2].start_pos or 0, "is not"
    return before.start_pos or 0, "is not" if str(before) in ("not", "!=") else "is"


def and_or(at: FaultPlace) -> Diagnostic | None:
    """Tell `and/or`."""
    if not (at.word.startswith("/or") and at.fault.before and str(at.fault.before[-1]) == "and"):
        return None
    return found(
        at, "PK034", "`and/or` says two things", Span(at.start_of(1), at.span.start + 3),
        "write `or` (one is enough, and both are allowed)", expected="`and` or `or`",
    )  # fmt: skip


def statistic(at: FaultPlace) -> Diagnostic | None:
    """Tell `average of` and the like."""
    if at.word != "of" or at.types(1) != ["NAME"]:
        return None
    meant = slips.STATISTICS.get(str(at.fault.before[-1]))
    if meant is None:
        return None
    span = Span(at.start_of(1), at.span.end)
    return found(at, "PK034", f"`{at.fault.before[-1]} of` is no statistic", span, f"write `{meant} of`")


def slip(at: FaultPlace) -> Diagnostic | None:
    """Tell a word of another language from the table."""
    word = at.word if at.word in slips.SLIPS else at.word.rstrip(":").lower()
    options = [o for o in slips.SLIPS.get(word, slips.SLIPS.get(at.word[0], ())) if at.can_be(o)]
    if not options:
        return None
    has_id = _ID_BEHIND.match(at.text, at.span.end) is not None
    options.sort(key=lambda o: (o in {"requirement", "scorecard", "waive"}) != has_id)
    span = at.span if word in slips.SLIPS else Span(at.span.start, at.span.start + 1)
    written = at.source.quote(span)
    return found(at, "PK034", f"`{written}` is called `{options[0]}` here", span, f"write `{options[0]}`")


def gate_day(at: FaultPlace) -> Diagnostic | None:
    """Tell a day where a gate is asked for."""
    if at.fault.expected != {"NAME"} or not re.match(r"[0-9]{1,4}[-./][0-9]", at.word):
        return None
    return found(
        at, "PK034", "a gate is a name, and this is a day", at.span,
        'declare `gate launch "..."` and write `launch`; its day stands under `gates` in policykit.yaml',
        expected="the name of a gate",
    ) if at.fault.before and str(at.fault.before[-1]) in ("before", "until", "from", "for") else None  # fmt: skip


def last_comma(at: FaultPlace) -> Diagnostic | None:
    """Tell a comma behind the last name of a list, after which the keyword of the next part was read as a name."""
    if at.types(3) != ["NAME", "COMMA", "NAME"] or str(at.fault.before[-1]) not in keywords().values():
        return None
    name, comma = str(at.fault.before[-3]), at.start_of(2)
    return found(
        at, "PK034", "the list ends in a comma", Span(at.start_of(3), comma + 1), f"write `{name}`",
        expected="another name behind the comma",
    )  # fmt: skip


def approximate(at: FaultPlace) -> Diagnostic | None:
    """Tell a number that is only nearly meant."""
    before = str(at.fault.before[-1]) if at.types(1) == ["NAME"] else ""
    word = at.word if at.word.lower() in slips.APPROXIMATE else before
    if word.lower() not in slips.APPROXIMATE or (word == before and not at.word[0].isdigit()):
        return None
    span = Span(at.start_of(1), at.start_of(1) + len(word)) if word == before else at.span
    return found(
        at, "PK034", f"`{word}` leaves the bound open", span,
        "delete it, and say the bound with `>=`, `<=` or `between ... and ...`", expected="an exact number",
    )  # fmt: skip


def chained(at: FaultPlace) -> Diagnostic | None:
    """Tell `5 < x < 9`, `<>`, and an exception after a condition."""
    if at.word == ">" and at.types(1) == ["ORDER"] and str(at.fault.before[-1]) == "<":
        return found(at, "PK034", "`<>` is called `is not` here", Span(at.start_of(1), at.span.end), "write `is not`")
    if at.word in ("<", "<=", ">", ">=") and at.can_be("and"):
        help_ = "compare twice and join both with `and`: `a < b and b < c`"
        return found(at, "PK034", "a comparison has two sides", at.span, help_, "`and` or `or`")
    if at.word == "unless" and at.can_be("and"):
        return found(at, "PK034", "there is no `unless`", at.span, "write `and not (...)` around the exception")
    return None


GUESSES: Sequence[Callable[[FaultPlace], Diagnostic | None]] = (
    blank, phrase, number, quotes, clause_id, day_time, currency, choice, chained, and_or, statistic, approximate,
    gate_day, last_comma, second_gate, two_ages, behind_has,
)  # fmt: skip
"""Asked in this order, before the nearest keyword."""
LATER: Sequence[Callable[[FaultPlace], Diagnostic | None]] = (slip, untexted, one_word)
"""Asked after the nearest keyword of the same place did not fit."""
