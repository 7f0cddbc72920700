"""Whether a regular expression of a policy can be used: RE2's dialect, bounded size, finds something.

RE2 scans in linear time whatever the pattern, so no text can slow a rule down; what that costs is look-around and
back-references. Two more rules come from how texts are read (`policykit.source.folding`): a pattern that matches the
empty text would match every text, and one that holds a character which folding replaces could never match.

In RE2 `(?i)` also takes U+017F for `s` and U+212A for `k`; folded texts hold neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from policykit.source.folding import compose, latinise, replace_special

MAX_PATTERN_CHARS = 4_096
MAX_PROGRAM_SIZE = 10_000
"""Instructions of the compiled pattern; `[a-z]{1000}` takes 1,004, `.{1000}` takes 8,004."""
_BUDGET_BYTES = 2 * 1024 * 1024
"""Stops RE2 early: a pattern whose program is over the limit is not built further."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a pattern cannot be used; the caller knows where it stands."""

    code: str
    message: str
    help: str = ""


def check_pattern(pattern: str) -> Problem | None:
    """Return why a policy must not use a pattern, or None. Takes bounded time and memory."""
    if len(pattern) > MAX_PATTERN_CHARS:
        message = f"the pattern is too long: expected at most {MAX_PATTERN_CHARS:,} characters, got {len(pattern):,}"
        return Problem("PK235", message, "split it into several patterns")
    return _never_matching(pattern) or _open_repeat(pattern) or _compile_problem(pattern)


def _open_repeat(pattern: str) -> Problem | None:
    """Refuse `{,9}`, which RE2 takes for these four characters and other engines for a repeat."""
    found = re.search(r"\{,\d+\}", re.sub(r"\\.|\[[^\]]*\]", " ", pattern))
    if found is None:
        return None
    return Problem("PK233", f"the pattern holds `{found[0]}`, which is no repeat in RE2", f"write `{{0{found[0][1:]}`")


def _compile_problem(pattern: str) -> Problem | None:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _BUDGET_BYTES
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        detail = error.args[0] if error.args else b""
        return _refused(pattern, detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail))
    if max(compiled.programsize, compiled.reverseprogramsize) > MAX_PROGRAM_SIZE:
        return _too_large()
    return _matches_nothing(compiled)


def _matches_nothing(compiled: Any) -> Problem | None:
    """Refuse patterns that match between two characters."""
    for probe in ("", "a", "a a", "\n"):
        if any(found.start() == found.end() for found in compiled.finditer(probe)):
            message = "the pattern matches the empty text, so it would match every text"
            return Problem("PK236", message, "demand at least one character: `+` for `*`, `{1,9}` for `{0,9}`")
    return None


def _never_matching(pattern: str) -> Problem | None:
    r"""Refuse characters that no text has once it is folded, written out or as `\x{...}`."""
    if any("\ud800" <= char <= "\udfff" for char in pattern):
        return Problem("PK230", "the pattern holds half of a surrogate pair", "write the whole character")
    escaped = [chr(point) for point in _escaped_points(pattern)]
    for char in (*(char for char in pattern if not char.isascii()), *escaped):
        plain = compose(replace_special(char))
        if plain != char:
            shown = f"`{char}` (U+{ord(char):04X})" if char.isprintable() else f"U+{ord(char):04X}"
            instead = f"write `{plain}`" if plain else "leave it out"
            message = f"the pattern holds {shown}, which no text holds when patterns are matched"
            return Problem("PK237", message, f"texts are folded to plain characters first: {instead}")
    if compose(pattern) != pattern:
        message = "the pattern holds an accent apart from its letter, and texts hold them joined"
        return Problem("PK237", message, "write the pattern in the composed form (Unicode NFC)")
    words = re.sub(r"\\.|\[[^\]]*\]", " ", pattern)
    if latinise(words) != words:
        message = "a word of the pattern mixes Latin letters with letters that look like them"
        return Problem("PK237", message, "in texts such words are folded to Latin letters: write it in Latin letters")
    return None


def _escaped_points(pattern: str) -> list[int]:
    found = re.findall(r"\\(?:x\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})|.)", pattern, re.DOTALL)
    points = [int(braced or plain, 16) for braced, plain in found if braced or plain]
    return [point for point in points if 0x80 <= point <= 0x10FFFF and not 0xD800 <= point <= 0xDFFF]


def _too_large() -> Problem:
    message = f"the pattern is too large: expected at most {MAX_PROGRAM_SIZE:,} steps when compiled"
    return Problem("PK235", message, "use smaller repeats, or split it into several patterns")


_LOOK_AROUND = ("(?=", "(?!", "(?<=", "(?<!")
_OTHER_ENGINES: dict[str, tuple[str, str]] = {
    "(?>": ("an atomic group `(?>`", "write `(?:`; RE2 never backtracks, so it needs none"),
    "(?(": ("a conditional group `(?(`", "write two patterns"),
    "(?#": ("a comment `(?#`", "put the comment beside the clause"),
    "(?R": ("a recursive group `(?R`", "describe the nesting to a fixed depth"),
    "(?|": ("a branch reset `(?|`", "write `(?:`"),
    "\\Z": ("`\\Z`", "write `\\z` for the end of the text"),
    "\\u": ("`\\u`", "write `\\x{20AC}` for a character by its number"),
    "\\U": ("`\\U`", "write `\\x{1F600}` for a character by its number"),
    "\\h": ("`\\h`", "write `[ \\t]`"),
    "\\R": ("`\\R`", "write `\\r?\\n`"),
    "\\K": ("`\\K`", "put what is looked for in a group"),
    "\\G": ("`\\G`", "leave it out"),
    "++": ("a possessive repeat", "write `+`; RE2 never backtracks, so it needs none"),
    "*+": ("a possessive repeat", "write `*`; RE2 never backtracks, so it needs none"),
    "?+": ("a possessive repeat", "write `?`; RE2 never backtracks, so it needs none"),
}
_DIALECT = "patterns are RE2's, which scan any text in linear time"


def _refused(pattern: str, detail: str) -> Problem:
    """Say which construct RE2 refused, from the detail that it gave."""
    kind, _, what = detail.partition(": ")
    what = what[:40]
    construct = next((form for form in _LOOK_AROUND if (what == "(?<" and form in pattern) or what == form), None)
    if kind == "invalid perl operator" and construct:
        help_line = f"{_DIALECT}; match the context too, or test it in a second condition"
        return Problem("PK231", f"the pattern looks around with `{construct}`", help_line)
    if (what in {"(?P", "(?P="} and "(?P=" in pattern) or re.fullmatch(r"\\[1-9kg]", what):
        shown = "(?P=" if what.startswith("(?P") else what
        help_line = f"{_DIALECT}; write what is repeated a second time"
        return Problem("PK232", f"the pattern refers back to a group with `{shown}`", help_line)
    if what in _OTHER_ENGINES:
        name, instead = _OTHER_ENGINES[what]
        return Problem("PK233", f"the pattern holds {name}, which RE2 does not have", instead)
    if kind == "invalid repetition size":
        return Problem("PK234", f"the repeat `{what}` is too large", "repeats go up to 1,000, nested ones multiplied")
    if "too large" in kind:
        return _too_large()
    shown = f"{kind} `{what}`" if what else kind
    return Problem("PK230", f"the pattern is no regular expression: {shown}", _DIALECT)
