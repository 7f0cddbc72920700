"""Who owns what, as CODEOWNERS and Backstage's catalog-info.yaml state it. A placeholder is not an owner."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Text, Texts, Whole
from policykit.vocabulary.model import OpenElement

_LIFECYCLES = ("experimental", "production", "deprecated")
"""Source: Backstage documentation, "Descriptor format of catalog entities": well-known lifecycles."""


class Component(OpenElement):
    """One component of the system."""

    singular = "component"
    name: Annotated[Text, k.text("name of the component")] = None
    owner: Annotated[Text, k.text("owner of the component")] = None
    system: Annotated[Text, k.text("system that the component belongs to")] = None
    type: Annotated[Text, k.text("type of the component")] = None
    lifecycle: Annotated[Text, k.text("lifecycle of the component, such as production", usual=_LIFECYCLES)] = None
    has_on_call: Annotated[Flag, k.flag("component has an on-call rotation")] = None
    has_runbook: Annotated[Flag, k.flag("component has a runbook")] = None
    has_dashboard: Annotated[Flag, k.flag("component has a dashboard")] = None


class Path(OpenElement):
    """One path in the code, of those that were listed."""

    singular = "path"
    path: Annotated[Text, k.text("path in the repository")] = None
    owners: Annotated[Texts, k.texts("owners of the path")] = None
    owned: Annotated[Flag, k.flag("path has an owner")] = None


class Pattern(OpenElement):
    """One pattern of paths in the code. It says nothing about paths that no pattern matches."""

    singular = "pattern"
    pattern: Annotated[Text, k.text("pattern of paths")] = None
    owners: Annotated[Texts, k.texts("owners of what the pattern matches")] = None
    owned: Annotated[Flag, k.flag("pattern names an owner")] = None


class Ownership(Run):
    """Who owns what."""

    kind = "ownership"
    words = "the ownership record"

    owner: Annotated[Text, k.text("owner of the system")] = None
    owners: Annotated[Texts, k.texts("owners that are named anywhere")] = None
    build_owner: Annotated[Text, k.text("person or team that builds the system")] = None
    run_owner: Annotated[Text, k.text("person or team that runs the system")] = None
    business_owner: Annotated[Text, k.text("person who answers for the business result")] = None
    payer: Annotated[Text, k.text("person or team that pays")] = None
    named_people: Annotated[Whole, k.count("number of owners that are named people")] = None
    placeholder_owners: Annotated[Whole, k.count("number of owners that are placeholders")] = None
    components: Annotated[Whole, k.count("number of components")] = None
    owned_components: Annotated[Whole, k.count("number of components with an owner")] = None
    owned_components_rate: Annotated[Number, k.percent("share of components with an owner")] = None
    paths: Annotated[Whole, k.count("number of paths that were listed")] = None
    owned_paths: Annotated[Whole, k.count("number of paths with an owner")] = None
    owned_paths_rate: Annotated[Number, k.percent("share of all paths with an owner")] = None
    patterns: Annotated[Whole, k.count("number of patterns of paths")] = None
    owned_patterns: Annotated[Whole, k.count("number of patterns with an owner")] = None
    owned_patterns_rate: Annotated[Number, k.percent("share of patterns with an owner, whatever they match")] = None
    default_owner: Annotated[Flag, k.flag("rest of the paths has an owner")] = None
    lifecycle: Annotated[Text, k.text("lifecycle of the system, such as production", usual=_LIFECYCLES)] = None
    named_since: Annotated[Whole, k.day("day since which the owner is named")] = None

    component_results: tuple[Component, ...] = ()
    path_results: tuple[Path, ...] = ()
    pattern_results: tuple[Pattern, ...] = ()
