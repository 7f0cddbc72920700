"""What the project file says about how evidence is read, and what that does to its trust. The law: docs/adr/0028.

An option that can make a value better counts only where the policy's declaration of the evidence permits it
(`permits fields`). One that states what no file of the tool states (`Reader.gaps`) needs none. Both lower the
trust to `claimed` and stand in the verdict. What a reader shows to change nothing (`Reading.free_options`) is free.
An option that nobody thought about needs a permission.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from policykit.evidence.model import Reading, Trust
from policykit.evidence.problems import error
from policykit.evidence.reader import Reader, Request
from policykit.evidence.times import DeclaredZone
from policykit.source import Diagnostic

Claims = tuple[tuple[str, str], ...]
"""Member of the project file and what it says."""
_MAX_SHOWN = 300


def under_options(reading: Reading, reader: Reader, request: Request, path: str) -> tuple[Reading, Claims]:
    """Return a reading as far as the project file may shape it, and what the project file claims about it.

    Args:
        reading: what the reader understood, with its manifest.
        reader: who read it.
        request: what was asked for, with the options and the permissions.
        path: the evidence file, for messages.
    """
    counting = sorted(name for name in request.options if name not in reading.free_options)
    refused = [name for name in counting if name not in request.terms.permitted | reader.gaps]
    claims = tuple((f"options.{name}", _shown(request.options[name])) for name in counting)
    if counting:
        problems = (*reading.problems, *(_not_permitted(name, request, path) for name in refused))
        reading = replace(reading, trust=Trust.CLAIMED, problems=problems)
    return reading, (*claims, *_zone(request))


def _zone(request: Request) -> Iterator[tuple[str, str]]:
    if isinstance(request.zone, DeclaredZone) and request.zone.was_needed:
        yield "zone", str(request.zone)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def _not_permitted(name: str, request: Request, path: str) -> Diagnostic:
    declared = f"evidence {request.terms.name or 'NAME'} : {request.kind} ... permits {name}"
    return error(
        "PK640",
        f"the option `{name}` can make a value better, and the policy does not permit it",
        place=path,
        expected=f"`{declared}` in the policy",
        got=f"`options: {name}` in the project file",
        help=f"remove the option `{name}` from the project file, or agree on a policy that permits it",
    )
