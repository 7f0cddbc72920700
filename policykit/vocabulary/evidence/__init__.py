"""The kinds of evidence, one file each. A new file in this folder is a new kind; nothing else has to change."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from policykit.errors import VocabularyError
from policykit.vocabulary.fields import ElementKind, EvidenceKind
from policykit.vocabulary.model import WORD, Evidence, OpenElement, element_of, without_none


@cache
def models() -> Mapping[str, type[Evidence]]:
    """Return the model of each built-in kind by its word in the policy, in alphabetical order."""
    found: dict[str, type[Evidence]] = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(__path__)):
        if module.startswith("_"):
            continue
        own = [
            item
            for item in vars(import_module(f"{__name__}.{module}")).values()
            if isinstance(item, type) and issubclass(item, Evidence) and item.__module__ == f"{__name__}.{module}"
        ]
        if [model.kind for model in own] != [module]:
            raise VocabularyError(f"the file `{module}` must define one kind of evidence, named as the file is")
        found[module] = own[0]
    return MappingProxyType(found)


@cache
def kinds() -> Mapping[str, EvidenceKind]:
    """Return the built-in kinds of evidence by their word in the policy."""
    return MappingProxyType({name: kind_of(model) for name, model in models().items()})


def model_of(kind: str) -> type[Evidence]:
    """Return the model of a built-in kind of evidence.

    Raises:
        VocabularyError: there is no such kind.
    """
    try:
        return models()[kind]
    except KeyError:
        from policykit.source import did_you_mean

        raise VocabularyError(f"no kind of evidence `{kind}`: {did_you_mean(kind, models())}") from None


def kind_of(model: type[Evidence]) -> EvidenceKind:
    """Return the kind of evidence that a model describes.

    Raises:
        VocabularyError: it has no name, no words, or two elements of the same name.
    """
    if WORD.fullmatch(model.kind) is None or not model.words:
        raise VocabularyError(f"`{model.__name__}` needs a `kind` in small letters and `words` for reports")
    elements: dict[str, ElementKind] = {}
    for attribute, info in model.model_fields.items():
        element = element_of(without_none(info.annotation))
        if element is None:
            continue
        if WORD.fullmatch(element.singular) is None or element.singular in elements or element.singular == "slice":
            raise VocabularyError(f"`{model.__name__}.{attribute}` needs elements with a `singular` word of their own")
        is_open = issubclass(element, OpenElement)
        elements[element.singular] = ElementKind(
            element.singular, attribute, MappingProxyType(element.known), open=is_open
        )
    slices = model.slice.known if model.slice is not None else {}
    return EvidenceKind(
        model.kind,
        model.words,
        MappingProxyType(model.known),
        MappingProxyType(elements),
        MappingProxyType(slices),
    )
