"""The inventory of the whole system: models, prompts, retrieval, tools, stores and integrations."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Text, Texts, Whole
from policykit.vocabulary.model import OpenElement


class Part(OpenElement):
    """One part of the system."""

    singular = "part"
    name: Annotated[Text, k.text("name of the part")] = None
    type: Annotated[Text, k.text("type of the part, such as model, tool or data store")] = None
    version: Annotated[Text, k.text("version of the part")] = None
    pinned: Annotated[Flag, k.flag("part is named by a fixed version")] = None
    real: Annotated[Flag, k.flag("part is the real one and not a mock or a manual load")] = None
    authenticated: Annotated[Flag, k.flag("part asks for authentication")] = None
    access_controlled: Annotated[Flag, k.flag("part enforces the real permissions")] = None
    personal_data: Annotated[Flag, k.flag("part holds personal data")] = None
    region: Annotated[Text, k.text("region of the part")] = None
    owner: Annotated[Text, k.text("owner of the part")] = None
    licence: Annotated[Text, k.text("licence of the part")] = None


class Inventory(Run):
    """The inventory of the system."""

    kind = "inventory"
    words = "the inventory of the system"

    parts: Annotated[Whole, k.count("number of parts")] = None
    types: Annotated[Texts, k.texts("types of part that are listed")] = None
    mocks: Annotated[Whole, k.count("number of parts that are mocks or manual loads")] = None
    unpinned: Annotated[Whole, k.count("number of parts without a fixed version")] = None
    unowned: Annotated[Whole, k.count("number of parts without an owner")] = None
    authenticated_rate: Annotated[Number, k.percent("share of parts that ask for authentication")] = None
    vulnerable: Annotated[Whole, k.count("number of parts with a known vulnerability")] = None

    part_results: tuple[Part, ...] = ()
