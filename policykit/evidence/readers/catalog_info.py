"""Backstage catalog files (`catalog-info.yaml`), of one or several documents: owners, lifecycle, system.

A placeholder is no owner: `${{ values.owner }}`, `guests`, `team`, `TBD`. Owners are written out as references,
`group:default/payments`.

Source: Backstage documentation, "Descriptor format of catalog entities"; an owner without a kind is a group.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from policykit.evidence.model import Reading, Subject, Tool
from policykit.evidence.problems import doubt, note
from policykit.evidence.reader import Reader, Request
from policykit.evidence.readers._owner_names import placeholder_reference
from policykit.evidence.safe_file import EvidenceFile
from policykit.evidence.safe_yaml import load_yaml
from policykit.evidence.summaries.ownership import Component, OwnershipSummary
from policykit.evidence.view import View
from policykit.source import Diagnostic
from policykit.source.visible import quoted
from policykit.vocabulary.types import Value

_MAX_BYTES = 4 * 1024 * 1024
_WITH_OWNER = frozenset({"component", "api", "system", "domain", "resource", "template"})
_ON_CALL = ("pagerduty.com/", "opsgenie.com/", "grafana-oncall", "victorops.com/", "splunk.com/on-call")
_LABELS = ("type", "lifecycle", "system", "domain")


def detect(head: bytes, name: str) -> float:
    """Return how sure this is a catalog file."""
    if b"apiVersion: backstage.io/" in head:
        return 1.0
    return 0.6 if re.search(r"(^|/)catalog-info\.ya?ml\Z", name) else 0.0


def read(file: EvidenceFile, request: Request) -> Reading:  # noqa: ARG001 - nothing here can be chosen
    """Return the entities of a catalog file that should have an owner."""
    documents = load_yaml(file.whole(_MAX_BYTES), file.name)
    entities = [
        View(document.value, file.name, f"document {number}" if len(documents) > 1 else "")
        for number, document in enumerate(documents, 1)
        if document.value is not None
    ]
    problems: list[Diagnostic] = []
    things = [thing for entity in entities for thing in _entity(entity, problems)]
    problems.extend(_repeated(entities, file.name))
    if not things:
        problems.append(
            doubt(
                "PK530",
                "the file holds nothing that has an owner",
                place=file.name,
                expected=", ".join(f"`{kind}`" for kind in sorted(_WITH_OWNER)),
            )
        )
    components = [thing.name for thing in things if thing.labels["kind"] == "component"]
    placeholders = sum(problem.code == "PK540" for problem in problems)
    return Reading(
        OwnershipSummary(tuple(things), placeholders=placeholders),
        Tool("Backstage catalog"),
        Subject(name=components[0] if len(components) == 1 else ""),
        problems=tuple(problems),
    )


def _entity(entity: View, problems: list[Diagnostic]) -> Iterator[Component]:
    kind = entity.text("kind").lower()
    if kind not in _WITH_OWNER:
        return
    metadata, spec = entity.object("metadata"), entity.object_or_empty("spec")
    name = metadata.text("name")
    stated = spec.text_or_empty("owner").strip()
    if placeholder_reference(name):
        problems.append(_placeholder(entity, "name", name))
    owner = ""
    if stated and placeholder_reference(stated):
        problems.append(
            note("PK540", f"the owner {quoted(stated)} of {quoted(name)} is a placeholder", place=entity.place,
                 help="name the group or the person who answers for it")
        )  # fmt: skip
    elif stated:
        owner = owner_reference(stated)
    else:
        problems.append(note("PK541", f"{quoted(name)} has no owner", place=entity.place, help="add `spec.owner`"))
    labels: dict[str, Value] = {label: spec.text(label) for label in _LABELS if isinstance(spec.at(label).value, str)}
    yield Component(name, owner, {**labels, "kind": kind, **_links(metadata)})


def _repeated(entities: Sequence[View], name: str) -> list[Diagnostic]:
    """Return a doubt for each entity that stands twice: the catalog keeps one of them, and the file does not say which.

    Source: Backstage documentation, "System Model": kind, namespace and name make an entity unique, in any case.
    """
    seen = Counter(_reference(entity) for entity in entities if entity.text("kind").lower() in _WITH_OWNER)
    return [
        doubt("PK573", f"the entity {quoted(reference)} stands {count} times", place=name, help="keep one of them")
        for reference, count in seen.items()
        if count > 1
    ]


def _reference(entity: View) -> str:
    metadata = entity.object("metadata")
    namespace = metadata.text_or_empty("namespace") or "default"
    return f"{entity.text('kind')}:{namespace}/{metadata.text('name')}".lower()


def _links(metadata: View) -> dict[str, Value]:
    """Return what annotations and links show to be there; what they do not show stays unknown."""
    annotations = metadata.object_or_empty("annotations").value
    links = metadata.at("links").value
    words = " ".join(
        str(link.get(part, "")).lower()
        for link in (links if isinstance(links, list) else ())
        if isinstance(link, dict)
        for part in ("title", "type")
    )
    shown = {
        "has_on_call": any(str(name).startswith(_ON_CALL) for name in annotations),
        "has_runbook": "runbook" in words,
        "has_dashboard": "dashboard" in words or any(str(name).startswith("grafana/") for name in annotations),
    }
    return {name: True for name, there in shown.items() if there}


def _placeholder(entity: View, what: str, text: str) -> Diagnostic:
    return doubt(
        "PK540",
        f"the {what} {quoted(text)} is a placeholder",
        place=entity.place,
        help="this is a template that was never filled in: bind the file that it produces",
    )


def owner_reference(text: str) -> str:
    """Return an owner as a full reference, `kind:namespace/name`, in lower case as Backstage compares them."""
    kind, colon, rest = text.partition(":")
    if not colon:
        kind, rest = "group", text
    namespace, slash, name = rest.partition("/")
    if not slash:
        namespace, name = "default", rest
    return f"{kind}:{namespace}/{name}".lower()


READER = Reader("catalog_info", "Backstage catalog file", frozenset({"ownership"}), detect, read)
