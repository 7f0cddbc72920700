"""The file of a price list: its digest, and its entries, read strictly and within bounds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from policykit.encoding.digest import Digest, DigestError, digest_of_bytes, parse_digest
from policykit.encoding.exact_json import JsonProblem, read_json
from policykit.errors import PricesError
from policykit.pricing.members import TEMPLATE
from policykit.source import Diagnostic
from policykit.source.reading import read_bytes
from policykit.source.text import display_path
from policykit.vocabulary.exact import quoted_input

MAX_BYTES = 32 * 1024 * 1024
"""LiteLLM's list has less than 2 MiB."""
MAX_MEMBERS = 1_000_000


class PriceList(NamedTuple):
    """The entries of a list by model, and the digest of its file."""

    name: str
    digest: Digest
    entries: Mapping[str, object]


def read_pinned(path: str | os.PathLike[str], digest: str) -> PriceList:
    """Return a price list whose file has the digest that is pinned.

    Raises:
        PricesError: there is no digest (PK365), it is another one (PK366), or the file is no price list.
    """
    data, name = _bytes_of(path)
    found = digest_of_bytes(data)
    if not digest:
        raise _refused("PK365", "the price list is not pinned", name,
                       expected="`digest=`, which the list must have", got="none",
                       help=f'see its prices (`policykit prices show FILE`) and pin it: digest="{found}"')  # fmt: skip
    try:
        pinned = parse_digest(digest)
    except (DigestError, TypeError):
        expected = "`sha256:` and 64 lower-case hexadecimal digits"
        got = quoted_input(str(digest))
        raise _refused("PK366", "the pinned digest is not one", name, expected=expected, got=got) from None
    if found != pinned:
        raise _refused("PK366", "the price list is not the one that is pinned", name,
                       expected=f"`{pinned}`", got=f"`{found}`",
                       help="compare its prices (`policykit prices show FILE`), then pin the new digest")  # fmt: skip
    return PriceList(name, found, _entries(data, name))


def read_list(path: str | os.PathLike[str]) -> PriceList:
    """Return a price list whatever its digest, to look at it.

    Raises:
        PricesError: the file is no price list.
    """
    data, name = _bytes_of(path)
    return PriceList(name, digest_of_bytes(data), _entries(data, name))


def _bytes_of(path: str | os.PathLike[str]) -> tuple[bytes, str]:
    data = read_bytes(path, MAX_BYTES)
    if isinstance(data, Diagnostic):
        raise PricesError([data])
    return data, display_path(path)


def _entries(data: bytes, name: str) -> Mapping[str, object]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        got = f"the byte 0x{data[problem.start]:02X} at offset {problem.start}"
        raise _refused("PK005", "the file is not UTF-8 text", name, expected="UTF-8", got=got) from None
    found = read_json(text, max_members=MAX_MEMBERS)
    if found.problem is not None:
        raise PricesError([_diagnostic(found.problem, text, name)])
    if not isinstance(found.value, dict) or not any(model != TEMPLATE for model in found.value):
        raise _refused("PK367", "this is not a price list", name,
                       expected="an object with a member for each model", got="none")  # fmt: skip
    return found.value


def _diagnostic(problem: JsonProblem, text: str, name: str) -> Diagnostic:
    """Return a problem with the line that it stands in."""
    line = text.count("\n", 0, problem.offset) + 1
    return Diagnostic(problem.code, problem.message, place=f"{name}: line {line}",
                      expected=problem.expected, got=problem.got)  # fmt: skip


def _refused(code: str, message: str, place: str, **more: str) -> PricesError:
    return PricesError([Diagnostic(code, message, place=place, **more)])  # type: ignore[arg-type]
