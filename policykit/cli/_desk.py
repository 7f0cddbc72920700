"""What the commands for people at the desk share: the store, who acts, the time zone, and the trail."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from policykit.cli._output import diagnostics_of
from policykit.errors import PolicykitError
from policykit.source import Diagnostic, did_you_mean
from policykit.source.visible import visible

if TYPE_CHECKING:
    from policykit.engine.policy import Policy
    from policykit.guard.stores.sqlite_database import Database

REFUSED = frozenset({"PK385", "PK386", "PK387", "PK391"})
"""Codes that say: understood, and refused."""

Store = Annotated[
    Path,
    typer.Option(
        "--store",
        envvar="POLICYKIT_STORE",
        metavar="FILE",
        readable=False,
        help="The guard's store (`Stores.sqlite`); never made here.",
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        "--policy", metavar="FILE", readable=False, help="The policy: what its clauses say, its roles, its time zone."
    ),
]
By = Annotated[str, typer.Option("--by", metavar="PERSON", help="Who you are; goes on record.")]
Role = Annotated[str, typer.Option("--role", metavar="ROLE", help="In which role of the policy.")]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; goes on record.")]


def problem(  # noqa: PLR0913 - the parts of a diagnostic
    code: str,
    message: str,
    *,
    place: str = "",
    expected: str = "",
    got: str = "",
    help: str = "",  # noqa: A002
    cause: PolicykitError | None = None,
) -> NoReturn:
    """Raise what is wrong with a command; then what caused it, if anything did."""
    from policykit.errors import GuardError

    first = Diagnostic(code, message, place=place, expected=expected, got=got, help=help)
    raise GuardError([first, *(diagnostics_of(cause) if cause is not None else ())])


# --- the store and the policy -----------------------------------------------------------------------------------------


@contextmanager
def opened(store: Path, *, to_change: bool = False) -> Iterator[Database]:
    """Open a store that is there; it is changed only where that is asked for.

    Raises:
        StoreError: there is none, or it cannot be used.
    """
    from policykit.guard.stores.sqlite_database import Database

    database = Database(store, create=False, read_only=not to_change)
    try:
        yield database
    finally:
        database.close()


def loaded(path: Path | None) -> Policy | None:
    """Return the policy, if one is given.

    Raises:
        PolicyError: it cannot be used.
    """
    if path is None:
        return None
    from policykit.engine.load import load

    return load(path)


def now_ns() -> int:
    """Return the time."""
    from policykit.trail.clock import SystemClock

    return SystemClock().now_ns()


@dataclass(frozen=True, slots=True)
class Zone:
    """In which times are shown."""

    zone: tzinfo | None
    """None: of this machine."""
    label: str

    def text(self, ns: int) -> str:
        """Return an instant to the second: `2026-11-21 16:40:11 CET`."""
        moment = datetime.fromtimestamp(ns // 10**9, UTC).astimezone(self.zone)
        return f"{moment:%Y-%m-%d %H:%M:%S} {moment.tzname()}"


def zone_of(policy: Policy | None) -> Zone:
    """Return the policy's time zone, or that of this machine."""
    if policy is None:
        return Zone(None, f"{datetime.now(UTC).astimezone().tzname()}, the time zone of this machine")
    from zoneinfo import ZoneInfo

    return Zone(ZoneInfo(policy.timezone), f"{policy.timezone}, the time zone of the policy")


def utc_text(ns: int) -> str:
    """Return an instant as RFC 3339 in UTC, for JSON."""
    return datetime.fromtimestamp(ns // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- who acts ---------------------------------------------------------------------------------------------------------


def check_words(**given: str) -> None:
    """Check that what goes on record can be read.

    Raises:
        GuardError: something is empty, too long, or holds characters that cannot be seen.
    """
    from policykit.guard.stores.protocol import MAX_PERSON_CHARS, MAX_REASON_CHARS

    for option, text in given.items():
        limit = MAX_REASON_CHARS if option == "reason" else MAX_PERSON_CHARS
        if not text.strip() or len(text) > limit or not text.isprintable():
            expected = f"1 to {limit:,} characters on one line"
            got = f"{len(text):,} characters" if text.strip() else "nothing"
            problem("PK951", f"`--{option.replace('_', '-')}` cannot go on record", expected=expected, got=got)


def check_declared(what: str, names: Sequence[str], known: Sequence[str]) -> None:
    """Check names against those that a policy declares.

    Raises:
        GuardError: one is not declared.
    """
    for name in names:
        if name not in known:
            expected = ", ".join(f"`{each}`" for each in sorted(known)) or "none, as the policy declares none"
            help_ = did_you_mean(name, known)
            problem("PK953", f"the policy has no {what} `{name}`", expected=expected, help=help_)


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}\Z", re.ASCII)


def check_stop_name(name: str, clauses: Container[str] = ()) -> None:
    """Check the name of a stop that a person trips.

    Raises:
        GuardError: it is none, or a clause of the policy has it, so that the policy says who may resume its calls.
    """
    if name in clauses:
        free = next(each for each in map("INCIDENT-{}".format, count(7)) if each not in clauses)
        problem("PK954", f"`{name}` is a clause of the policy", expected="a name of your own", help=f"such as `{free}`")
    if _NAME.match(name) is None:
        shown = visible(name, 40)
        expected = "a letter, then letters, digits, `.`, `_` or `-`; 64 characters at most"
        problem("PK954", "this cannot be the name of a stop", expected=expected, got=f"`{shown}`")
