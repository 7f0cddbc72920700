"""The arguments of a call as values of our own, so that what is checked is what is sent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from policykit.errors import GuardError
from policykit.guard.adapters.shared.values.walk import MAX_DEPTH, plain
from policykit.guard.problems import problem


def own(arguments: Mapping[str, Any], settings: Collection[str], place: str) -> dict[str, Any]:
    """Return arguments as dictionaries, lists and texts that nobody else holds; settings as they are.

    Args:
        arguments: what was given.
        settings: names of those that hold no text.
        place: the operation, for messages.

    Raises:
        GuardError: one is nested too deep, or contains itself.
    """
    with legible_depth(place):
        return {name: value if name in settings else plain(value) for name, value in arguments.items()}


@contextmanager
def legible_depth(place: str) -> Iterator[None]:
    """Say in our own words that a value is nested too deep to be read.

    Raises:
        GuardError: it is.
    """
    try:
        yield
    except (ValueError, RecursionError) as error:
        found = problem(
            "PK369",
            "a request is nested too deep, so that nobody can say what is in it",
            place=place,
            expected=f"at most {MAX_DEPTH} levels of lists and objects, and none that contains itself",
            help="pass what lies deeper as a text of JSON",
        )
        raise GuardError([found]) from error
