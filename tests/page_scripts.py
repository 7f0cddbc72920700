"""The Python of the pages as programs: the blocks of a page, one below the other, as its readers read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.spec.blocks import Block, blocks

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "grammar" / "README.md")
EXAMPLES = tuple(sorted((ROOT / "examples").rglob("*.py")))

BEFORE = {
    "approvals": (
        "from policykit import Trail\nfrom policykit.trail import SigningKey\nSECRET = bytes(32)\n"
        'trail = Trail.open("trail", signer=SigningKey.generate("example.com/claims"))\n'
    ),
    "pricing": (
        "from datetime import date\nfrom policykit import Guard\nfrom policykit.guard import ExchangeRate, PriceTable\n"
    ),
}
"""What a page says in words before its first block, or shows in a file of examples/."""
UNTYPED = {
    "langchain": "# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false\n",
    "litellm": "# pyright: basic, reportMissingImports=false\n",
}
"""Of these libraries type checkers know less: LangChain leaves members untyped, LiteLLM is not in this environment."""


class Script(NamedTuple):
    """A page's Python for one environment (```` ```python litellm ````)."""

    page: Path
    environment: str
    blocks: tuple[Block, ...]

    @property
    def name(self) -> str:
        """Return a name for a module: that of the page, and of the environment."""
        words = ["page", self.page.parent.name, self.page.stem, self.environment]
        return "_".join(word for word in words if word).replace("-", "_").lower()

    @property
    def text(self) -> str:
        """Return the program."""
        before = UNTYPED.get(self.environment, "") + BEFORE.get(self.page.stem, "")
        return before + "\n".join(block.text for block in self.blocks)


def scripts() -> Iterator[Script]:
    """Yield the Python of every page."""
    for page in PAGES:
        by_environment: dict[str, list[Block]] = {}
        for block in blocks(page, "python"):
            by_environment.setdefault(block.info.removeprefix("python").strip(), []).append(block)
        for environment, found in by_environment.items():
            yield Script(page, environment, tuple(found))
