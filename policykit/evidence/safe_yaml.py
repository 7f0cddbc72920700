"""The one YAML loader: plain data only, built from parser events, so that every limit holds before anything is built.

- Text, whole numbers, `true`, `false`, `null`; fractions are `Decimal` as written; dates and times stay text.
  `yes`, `no`, `on` and `off` stay text, as in YAML 1.2.
- A key that stands twice, a key that is not text, a tag, and a merge key (`<<`) are errors.
- Aliases are allowed while what they stand for stays small; an alias inside its own anchor is an error.
- At most `MAX_DEPTH` levels and `MAX_NODES` values, counted with aliases written out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from policykit.errors import EvidenceError
from policykit.evidence.tool_json import decode_utf8
from policykit.source import NO_SPAN, Diagnostic, SourceFile, Span
from policykit.source.visible import quoted

if TYPE_CHECKING:
    import yaml

MAX_DEPTH = 64
MAX_NODES = 200_000
_LEVELS = f"at most {MAX_DEPTH} levels"
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,59})\Z")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]{0,59})?(\.[0-9]{0,60})?([eE][-+]?[0-9]{1,4})?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|nan)\Z", re.IGNORECASE)
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    word: value for value, name in ((True, "true"), (False, "false")) for word in (name, name.title(), name.upper())
}

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One document: its value, and where each part stands."""

    value: Any
    source: SourceFile
    spans: dict[Path, Span] = field(repr=False)
    """By path, `("evidence", "golden", 0)`: the span of the value."""
    keys: dict[Path, Span] = field(repr=False)
    """By path: the span of the key."""

    def span(self, *path: str | int) -> Span:
        """Return the span of the value at a path, or of the nearest part that contains it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.spans:
                return self.spans[path[:length]]
        return NO_SPAN

    def as_written(self, *path: str | int) -> str:
        """Return the text of the value at a path as the file has it, before YAML made a number of it."""
        return self.source.quote(self.spans[path]).strip()


def load_yaml(data: bytes, name: str) -> tuple[YamlDocument, ...]:
    """Return the documents of a YAML file.

    Args:
        data: the file's bytes.
        name: the path as the user wrote it.

    Raises:
        EvidenceError: not UTF-8, not YAML, or it uses what is refused.
    """
    import yaml

    source = SourceFile(name, decode_utf8(data, name))
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return tuple(_Builder(source, yaml.parse(source.text, Loader=loader)).documents())
    except yaml.YAMLError as problem:
        raise _syntax(problem, source) from None
    except RecursionError:
        raise _refused(source, NO_SPAN, "PK511", "the file nests too deep") from None


def load_single_yaml(data: bytes, name: str) -> YamlDocument:
    """Return the only document of a YAML file.

    Raises:
        EvidenceError: as `load_yaml`, or there is not exactly one document.
    """
    documents = load_yaml(data, name)
    if len(documents) != 1:
        source = SourceFile(name, decode_utf8(data, name))
        count = "an empty file" if not documents else f"{len(documents)} documents"
        raise _refused(source, NO_SPAN, "PK508", "the file must hold one YAML document", got=count)
    return documents[0]


class _Builder:
    """Builds values from parser events, counting what it builds."""

    def __init__(self, source: SourceFile, events: Iterator[yaml.Event]) -> None:
        self._source = source
        self._events = events
        self._nodes = 0
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._spans: dict[Path, Span] = {}
        self._keys: dict[Path, Span] = {}

    def documents(self) -> Iterator[YamlDocument]:
        import yaml

        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors, self._spans, self._keys = {}, {}, {}
                value = self._value(next(self._events), ())
                yield YamlDocument(value, self._source, self._spans, self._keys)

    def _value(self, event: yaml.Event, path: Path) -> Any:
        """Build the value that starts with this event. Recursion is bounded by `MAX_DEPTH`."""
        import yaml

        span = _span(event)
        self._spans[path] = span
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event, span)
        assert isinstance(event, yaml.NodeEvent)
        before = self._nodes
        self._count(1, span)
        if len(path) > MAX_DEPTH:
            raise self._error(span, "PK511", "the file nests too deep", expected=_LEVELS)
        tag = getattr(event, "tag", None)
        if tag not in (None, "!") and not (isinstance(event, yaml.ScalarEvent) and tag == "tag:yaml.org,2002:str"):
            raise self._error(span, "PK513", f"the tag {quoted(tag)} is not allowed", help="write the plain value")
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event, span)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(path)
        else:
            value = self._mapping(path)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._nodes - before)
        return value

    def _aliased(self, event: yaml.AliasEvent, span: Span) -> Any:
        anchor = str(event.anchor)
        found = self._anchors.get(anchor)
        if found is None:
            raise self._error(span, "PK513", f"the alias {quoted('*' + anchor)} has no complete anchor before it")
        value, size = found
        self._count(size, span)
        return value

    def _count(self, nodes: int, span: Span) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._error(
                span,
                "PK513",
                "the file holds too many values",
                expected=f"at most {MAX_NODES}, with aliases written out",
            )

    def _sequence(self, path: Path) -> list[Any]:
        import yaml

        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str, Any]:
        import yaml

        members: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event)
            if key in members:
                raise self._error(
                    _span(event), "PK509", f"the key {quoted(key)} stands twice", help="keep one of the two"
                )
            self._keys[(*path, key)] = _span(event)
            members[key] = self._value(next(self._events), (*path, key))
        return members

    def _key(self, event: yaml.Event) -> str:
        import yaml

        if not isinstance(event, yaml.ScalarEvent):
            raise self._error(_span(event), "PK513", "a key must be text")
        if event.value == "<<" and _is_plain(event):
            raise self._error(_span(event), "PK513", "merge keys are not allowed", help="write the members out")
        self._count(1, _span(event))
        return str(event.value)

    def _scalar(self, event: yaml.ScalarEvent, span: Span) -> Any:
        text = str(event.value)
        if not _is_plain(event) or event.tag is not None:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.match(text):
            return int(text)
        if text.strip("+-.eE") and _FLOAT.match(text):
            return Decimal(text)
        if _NOT_FINITE.match(text):
            raise self._error(span, "PK510", f"{quoted(text)} is not a number", help="leave out what was not measured")
        return text

    def _error(self, span: Span, code: str, message: str, **parts: str) -> EvidenceError:
        return _refused(self._source, span, code, message, **parts)


def _is_plain(event: yaml.ScalarEvent) -> bool:
    return event.style in (None, "")  # the C parser says "", the Python one None


def _span(event: yaml.Event) -> Span:
    start, end = event.start_mark, event.end_mark
    assert start is not None  # every event of a text has its marks
    assert end is not None
    return Span(start.index, max(start.index, end.index))


def _refused(source: SourceFile, span: Span, code: str, message: str, **parts: str) -> EvidenceError:
    return EvidenceError([Diagnostic(code, message, source=source, span=span, **parts)])  # type: ignore[arg-type]


def _syntax(problem: yaml.YAMLError, source: SourceFile) -> EvidenceError:
    mark = getattr(problem, "problem_mark", None)
    offset = min(mark.index, len(source.text)) if mark is not None else 0
    if _open_brackets(source.text[:offset]) > MAX_DEPTH:
        # the scanner reads ahead of the parser, and releases differ in whether it has a limit of its own
        return _refused(source, Span(offset, offset), "PK511", "the file nests too deep", expected=_LEVELS)
    said = getattr(problem, "problem", None) or getattr(problem, "reason", None) or "not understood"
    help_text = ""
    if "{%" in source.text or "${{" in source.text:
        help_text = "this is a template that was never filled in: bind the file that it produces"
    elif "\t" in source.line(source.position(offset).line):
        help_text = "YAML is indented with blanks, never with tabs"
    return _refused(source, Span(offset, offset), "PK508", "the file is not YAML", got=str(said), help=help_text)


def _open_brackets(text: str) -> int:
    return text.count("[") + text.count("{") - text.count("]") - text.count("}")
