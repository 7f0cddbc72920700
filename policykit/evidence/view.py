"""A view of outside data that knows its place, so that a shape that is not understood names the exact field.

view = View(parsed, "results.json")
view.object("results").object("stats").count("successes")
# results.json: results.stats.successes: PK515: ... expected a count, got `"4"`
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from policykit.errors import EvidenceError
from policykit.evidence.problems import refusal
from policykit.source.visible import quoted

MAX_DIGITS = 60
MAX_EXPONENT = 60
"""Source: docs/adr/0003-exact-numbers.md."""
_BEYOND = 10**MAX_DIGITS


@dataclass(frozen=True, slots=True)
class View:
    """One value and the place where it stands."""

    value: Any
    file: str
    path: str = ""

    @property
    def place(self) -> str:
        """Return the file and, after a colon, the path of the value in it."""
        return f"{self.file}: {self.path}" if self.path else self.file

    def unexpected(self, expected: str) -> EvidenceError:
        """Return the error that says what should stand here."""
        return refusal(
            "PK515",
            "the file has another form than its tool writes",
            place=self.place,
            expected=expected,
            got=_kind_of(self.value),
            help="correct it where a person wrote the file; have its tool write it again where not",
        )

    def at(self, key: str) -> View:
        """Return the view of a member, None when it is absent. Requires an object here."""
        return View(self.raw(key), self.file, f"{self.path}.{key}" if self.path else key)

    def raw(self, key: str) -> Any:
        """Return a member without its place: a log has millions of members, and places are for errors."""
        if not isinstance(self.value, dict):
            raise self.unexpected("an object")
        return self.value.get(key)

    def has(self, key: str) -> bool:
        """Return whether there is an object here with that member, other than null."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def object(self, key: str) -> View:
        """Return the view of a member that must be an object."""
        member = self.at(key)
        if not isinstance(member.value, dict):
            raise member.unexpected("an object")
        return member

    def object_or_empty(self, key: str) -> View:
        """Return the view of a member that may be absent but must otherwise be an object."""
        member = self.at(key)
        if member.value is None:
            return View({}, member.file, member.path)
        if not isinstance(member.value, dict):
            raise member.unexpected("an object")
        return member

    def items(self, key: str) -> Iterator[View]:
        """Yield the views of a list's items; the member must be a list."""
        member = self.at(key)
        if not isinstance(member.value, list):
            raise member.unexpected("a list")
        return (View(item, self.file, f"{member.path}[{index}]") for index, item in enumerate(member.value))

    def text(self, key: str) -> str:
        """Return a member that must be text."""
        value = self.raw(key)
        if not isinstance(value, str):
            raise self.at(key).unexpected("text")
        return value

    def text_or_empty(self, key: str) -> str:
        """Return a member that is text or absent."""
        value = self.raw(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.at(key).unexpected("text")
        return value

    def count(self, key: str) -> int:
        """Return a member that must be a whole number from 0."""
        found = exact_or_none(self.raw(key))
        if found is None or found < 0 or found != int(found):
            raise self.at(key).unexpected("a count")
        return int(found)

    def count_or_zero(self, key: str) -> int:
        """Return a member that is a count or absent."""
        return 0 if self.raw(key) is None else self.count(key)

    def number(self, key: str) -> int | Decimal:
        """Return a member that must be a finite number of at most 60 digits."""
        found = exact_or_none(self.raw(key))
        if found is None:
            raise self.at(key).unexpected("a number of at most 60 digits")
        return found

    def number_or_none(self, key: str) -> int | Decimal | None:
        """Return a member that is a number, or None when it is absent."""
        return None if self.raw(key) is None else self.number(key)

    def flag(self, key: str) -> bool:
        """Return a member that must be true or false."""
        value = self.raw(key)
        if not isinstance(value, bool):
            raise self.at(key).unexpected("true or false")
        return value


def exact_or_none(value: object) -> int | Decimal | None:
    """Return the number that a value is, or None when it is none or beyond what the language computes with."""
    if value is None or isinstance(value, bool | str):
        return None
    if isinstance(value, int):
        return value if -_BEYOND < value < _BEYOND else None
    if isinstance(value, float):
        value = Decimal(repr(value))
    if not isinstance(value, Decimal) or not value.is_finite():
        return None
    digits = value.as_tuple()
    exponent = digits.exponent
    assert isinstance(exponent, int)
    small = len(digits.digits) <= MAX_DIGITS and exponent >= -MAX_EXPONENT and value.adjusted() <= MAX_EXPONENT
    return value if small else None


def _kind_of(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"the text {quoted(value)}" if isinstance(value, str) else quoted(value)
