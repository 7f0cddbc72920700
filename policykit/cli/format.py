"""The option `--format` of commands that print for people or for programs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Format(StrEnum):
    """How a command prints what it found, and its errors."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print, errors included.")]


class ReportFormat(StrEnum):
    """How findings are printed; a test holds it equal to the renderers that there are."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
