"""The page behind each code: what it means, a wrong and a right example, and why.

Pages are Markdown files in `pages/`, one a code, so that adding a code is adding a file. Their form, which a test
checks: `# PKnnn: title`, a paragraph, `## Wrong` and `## Right` with a fenced example each, `## Why` with a paragraph.
"""

from __future__ import annotations

import os
import re

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pages")
_CODE = re.compile(r"PK[0-9]{3}")


def page(code: str) -> str | None:
    """Return the page of a code such as `PK012`, or None when there is no such code."""
    if not _CODE.fullmatch(code):
        return None
    try:
        with open(os.path.join(_FOLDER, f"{code}.md"), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def all_codes() -> tuple[str, ...]:
    """Return every code that has a page, in order."""
    names = (os.path.splitext(name) for name in os.listdir(_FOLDER))
    return tuple(sorted(stem for stem, extension in names if extension == ".md" and _CODE.fullmatch(stem)))


def title(code: str) -> str:
    """Return the title of a code's page, or the code itself when it has none."""
    text = page(code)
    return text.split("\n", 1)[0].removeprefix(f"# {code}: ") if text else code


def summary(code: str) -> str:
    """Return the first paragraph of a code's page on one line, or an empty text."""
    text = page(code)
    return " ".join(text.split("\n\n", 2)[1].split()) if text else ""
