"""Who owns what, as CODEOWNERS and Backstage's catalog-info.yaml state it. A placeholder is not an owner."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Text, Texts, Whole
from policykit.vocabulary.model import OpenElement


class Component(OpenElement):
    """One component of the system."""

    singular = "component"
    name: Annotated[Text, k.text("name of the component")] = None
    owner: Annotated[Text, k.text("owner of the component")] = None
    system: Annotated[Text, k.text("system that the component belongs to")] = None
    type: Annotated[Text, k.text("type of the component")] = None
    lifecycle: Annotated[Text, k.text("lifecycle of the component, such as production")] = None
    has_on_call: Annotated[Flag, k.flag("component has an on-call rotation")] = None
    has_runbook: Annotated[Flag, k.flag("component has a runbook")] = None
    has_dashboard: Annotated[Flag, k.flag("component has a dashboard")] = None


class Path(OpenElement):
    """One pattern of paths in the code."""

    singular = "path"
    pattern: Annotated[Text, k.text("pattern of the paths")] = None
    owners: Annotated[Texts, k.texts("owners of the paths")] = None
    owned: Annotated[Flag, k.flag("paths have an owner")] = None


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
    paths: Annotated[Whole, k.count("number of path patterns")] = None
    owned_paths: Annotated[Whole, k.count("number of path patterns with an owner")] = None
    owned_paths_rate: Annotated[Number, k.percent("share of path patterns with an owner")] = None
    default_owner: Annotated[Flag, k.flag("rest of the paths has an owner")] = None
    lifecycle: Annotated[Text, k.text("lifecycle of the system, such as production")] = None
    named_since: Annotated[Whole, k.day("day since which the owner is named")] = None

    component_results: tuple[Component, ...] = ()
    path_results: tuple[Path, ...] = ()
