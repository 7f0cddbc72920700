"""Code coverage of a test run, as coverage.py and Cobertura report it."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Number, Text, Whole
from policykit.vocabulary.model import Element


class File(Element):
    """One source file."""

    singular = "file"
    path: Annotated[Text, k.text("path of the file")] = None
    line_rate: Annotated[Number, k.percent("share of the file's lines that tests execute")] = None
    missing_lines: Annotated[Whole, k.count("number of the file's lines that no test executes")] = None


class Coverage(Run):
    """Code coverage of a test run."""

    kind = "coverage"
    words = "the code coverage"

    line_rate: Annotated[Number, k.percent("share of lines that tests execute")] = None
    branch_rate: Annotated[Number, k.percent("share of branches that tests execute")] = None
    lines: Annotated[Whole, k.count("number of lines that could be executed")] = None
    covered_lines: Annotated[Whole, k.count("number of lines that tests execute")] = None
    files: Annotated[Whole, k.count("number of source files")] = None

    file_results: tuple[File, ...] = ()
