"""Reads XML without document types, entities, deep nesting or network: they are refused before they are parsed.

`pyexpat` calls the document type handler as soon as it sees `<!DOCTYPE`, before any entity is declared, so an entity
bomb never grows. Events go to a visitor; no tree is built.
"""

from __future__ import annotations

from typing import Protocol
from xml.parsers import expat

from policykit.errors import EvidenceError
from policykit.evidence.problems import refusal
from policykit.evidence.safe_file import MAX_WHOLE_BYTES, EvidenceFile

MAX_DEPTH = 100
_CHUNK_BYTES = 1 << 18


class Visitor(Protocol):
    """What is told about elements."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""

    def end(self, name: str) -> None:
        """Take the end of an element."""


def parse_xml(file: EvidenceFile, visitor: Visitor) -> None:
    """Tell the visitor every element of the file.

    Raises:
        EvidenceError: not well-formed, or it uses what is refused.
    """
    data = file.whole(MAX_WHOLE_BYTES)
    parser = expat.ParserCreate()
    guard = _Guard(file.name, visitor)
    parser.StartElementHandler = guard.start
    parser.EndElementHandler = guard.end
    parser.StartDoctypeDeclHandler = guard.refuse_document_type
    parser.EntityDeclHandler = guard.refuse_document_type
    parser.ExternalEntityRefHandler = guard.refuse_document_type
    try:
        view = memoryview(data)
        for start in range(0, len(data), _CHUNK_BYTES):
            parser.Parse(view[start : start + _CHUNK_BYTES], False)
        parser.Parse(b"", True)
    except expat.ExpatError as problem:
        raise _syntax(problem, data, file.name) from None
    except (ValueError, LookupError, UnicodeError):  # an encoding that Python does not know, or is no text encoding
        raise refusal("PK505", "the file declares an encoding that cannot be read", place=file.name) from None


class _Guard:
    """Stands between the parser and the visitor."""

    def __init__(self, name: str, visitor: Visitor) -> None:
        self._name = name
        self._visitor = visitor
        self._depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refusal("PK511", "the file nests too deep", place=self._name, expected=f"at most {MAX_DEPTH} levels")
        self._visitor.start(name, attributes)

    def end(self, name: str) -> None:
        self._depth -= 1
        self._visitor.end(name)

    def refuse_document_type(self, *_: object) -> int:
        raise refusal(
            "PK512",
            "the file declares a document type or entities",
            place=self._name,
            help="test reports need neither: have the tool write the report without `<!DOCTYPE`",
        )


def _syntax(problem: expat.ExpatError, data: bytes, name: str) -> EvidenceError:
    if not data.strip():
        return refusal("PK508", "the file is empty", place=name, help="run the tool again")
    where = f"line {problem.lineno}, column {problem.offset + 1}"
    cut_off = {"no element found", "unclosed token", "unclosed CDATA section", "partial character"}
    said = expat.ErrorString(problem.code)
    if said in cut_off:
        return refusal(
            "PK508",
            "the file ends in the middle of its XML",
            place=name,
            got=f"the end at {where}",
            help="the tool was interrupted or the copy is cut off: run it again",
        )
    return refusal("PK508", "the file is not well-formed XML", place=name, got=f"{said} at {where}")
