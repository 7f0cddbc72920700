"""What every kind of evidence that a tool writes can say about the run that wrote it."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.known import Flag, Number, Text
from policykit.vocabulary.model import Evidence

_TOOLS = ("promptfoo", "garak", "LiteLLM", "CODEOWNERS", "Backstage catalog", "policykit")
"""As the readers name them."""


class Run(Evidence):
    """Base of the evidence that a tool writes."""

    tool: Annotated[Text, k.text("tool that wrote the evidence", usual=_TOOLS)] = None
    tool_version: Annotated[Text, k.text("version of the tool that wrote the evidence")] = None
    started_at: Annotated[Number, k.instant("instant at which the run began")] = None
    finished_at: Annotated[Number, k.instant("instant at which the run ended")] = None
    complete: Annotated[Flag, k.flag("run came to its end over everything it was meant to cover")] = None
    environment: Annotated[Text, k.text("environment in which the run took place")] = None
    git_commit: Annotated[Text, k.text("commit that was examined")] = None
