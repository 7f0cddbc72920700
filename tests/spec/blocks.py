"""Fenced blocks of a Markdown page, with the line they begin on."""

import re
from pathlib import Path
from typing import NamedTuple

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
EXPECTED = re.compile(r"#\s*error:\s*(?P<codes>PK\d{3}(?:\s*,\s*PK\d{3})*)")


class Block(NamedTuple):
    """One fenced block."""

    info: str
    text: str
    line: int
    """1-based line of the page on which the text begins."""

    def expected(self) -> dict[int, list[str]]:
        """The codes announced behind `# error:`, by line of the block."""
        lines = self.text.splitlines()
        return {
            i: [c.strip() for c in found["codes"].split(",")]
            for i, line in enumerate(lines, 1)
            if (found := EXPECTED.search(line))
        }


def blocks(path: Path, language: str) -> list[Block]:
    """All blocks of a page in one language."""
    text = path.read_text(encoding="utf-8")
    return [
        Block(found["info"].strip(), found["text"], text.count("\n", 0, found.start()) + 2)
        for found in _FENCE.finditer(text)
        if found["info"].split()[:1] == [language]
    ]
