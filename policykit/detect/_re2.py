"""The one place of this package that talks to RE2; imports it when the first pattern is compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from policykit.detect.model import BESIDE, Beside, Validator
from policykit.detect.width import width_of
from policykit.errors import DetectorError
from policykit.source import Diagnostic

BUDGET_BYTES = 64 * 1024 * 1024
"""Memory of a set, and of one pattern, so that what fits the set also fits alone: its program and the states built
while scanning, which RE2 builds anew when they fill it."""
_ALWAYS = rb"\A"


class Row:
    """One pattern of one source, with the bits of all sources that hold it; its expression is compiled when needed."""

    __slots__ = ("_regex", "beside", "decodes", "mask", "name", "pattern", "validate")

    def __init__(
        self,
        name: str,
        pattern: str,
        validate: Validator | None = None,
        beside: Beside | None = None,
        decodes: bool = False,  # noqa: FBT001, FBT002 - the fields of a source, in order
    ) -> None:
        self.name = name
        self.pattern = pattern
        self.validate = validate
        self.beside = beside
        self.decodes = decodes
        self.mask = 0
        self._regex: Any = None

    def found_in(self, data: bytes, *, every: bool = False) -> Iterator[tuple[int, int]]:
        """Yield the byte ranges found, in order. After a refused candidate the search goes on one byte further.

        With `every`, the search begins anew behind each start of a match, so that ranges overlap and do not depend on
        where the text begins. Not so for a pattern whose matches have no bound: looking along each of them from each of
        its places would take quadratic time.
        """
        if self._regex is None:
            self._regex = _compile(self)
        group = 1 if self._regex.groups else 0
        every = every and width_of(self.pattern) is not None
        position = 0
        while position < len(data) and (found := self._regex.search(data, position)) is not None:
            start, end = found.span(group)
            if every:
                position = found.start() + 1
                if start < end and self._accepts(data, start, end):
                    yield start, end
            elif start >= end:
                position = max(position, found.end()) + 1
            elif self._accepts(data, start, end):
                yield start, end
                position = end
            else:
                position = start + 1

    def _accepts(self, data: bytes, start: int, end: int) -> bool:
        if self.validate is None and self.beside is None:
            return True
        candidate = _decoded(data[start:end])
        try:
            if self.validate is not None and not self.validate(candidate):
                return False
            return self.beside is None or self.beside(
                _decoded(data[max(0, start - BESIDE) : start]), candidate, _decoded(data[end : end + BESIDE])
            )
        except Exception as error:
            raise DetectorError([Diagnostic("PK853", f"detector `{self.name}` failed: {error}")]) from error


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def compile_set(rows: Sequence[Row], budget_bytes: int = BUDGET_BYTES) -> Any:
    """Return the RE2 set of all patterns, in order, and at its end the one that matches every text.

    Args:
        rows: the patterns.
        budget_bytes: memory for its program and its states.

    Raises:
        DetectorError: A pattern is not RE2, or all together are too large.
    """
    import re2

    options = _options()
    options.max_mem = budget_bytes
    options.never_capture = True
    patterns = re2.Set.SearchSet(options)
    for row in rows:
        try:
            patterns.Add(_encoded(row))
        except re2.error:
            _compile(row)  # says what is wrong with it
            raise _refused(row, "it does not fit a set") from None
    patterns.Add(_ALWAYS)
    try:
        patterns.Compile()
    except re2.error:
        help_line = "use fewer patterns, or patterns with smaller repeats"
        problem = Diagnostic("PK851", f"{len(rows)} patterns together are too large to scan", help=help_line)
        raise DetectorError([problem]) from None
    return patterns


def matcher(pattern: str) -> Callable[[bytes], bool]:
    """Return a function that says whether a pattern of our own is found in folded UTF-8 text."""
    search = _compile(Row("a text", pattern)).search
    return lambda data: search(data) is not None


def searcher(pattern: str) -> Callable[[bytes], int | None]:
    """Return a function that gives the place of a pattern's first match in folded UTF-8 text; None where it has none.

    Raises:
        DetectorError: the pattern is not RE2, or too large.
    """
    search = _compile(Row("the end of a stream", pattern)).search

    def place(data: bytes) -> int | None:
        found = search(data)
        return None if found is None else int(found.start())

    return place


def _compile(row: Row) -> Any:
    import re2

    try:
        return re2.compile(_encoded(row), _options())
    except re2.error as error:
        detail = error.args[0] if error.args else ""
        raise _refused(row, detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)) from None


def _encoded(row: Row) -> bytes:
    try:
        return row.pattern.encode()
    except UnicodeEncodeError:
        raise _refused(row, "it holds half of a surrogate pair") from None


def _options() -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = BUDGET_BYTES
    return options


def _refused(row: Row, reason: str) -> DetectorError:
    from policykit.source.visible import visible  # only where something is wrong

    shown = visible(row.pattern, 60)
    message = f"a pattern of `{row.name}` cannot be used: {reason}"
    return DetectorError(
        [
            Diagnostic(
                "PK851",
                message,
                got=f"`{shown}`",
                help="write it in the syntax of RE2, without what looks around or back",
            )
        ]
    )
