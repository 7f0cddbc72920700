"""Laws of codes: every code has a page, every page has a code, and every page has the same form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import policykit
from policykit.source import pages

PACKAGE = Path(policykit.__file__).parent
LITERAL = re.compile(r"""["'](PK[0-9]{3})["']""")
FORM = re.compile(
    r"# (?P<code>PK[0-9]{3}): (?P<title>[^\n]+[^\n.])\n"
    r"\n(?:(?!```|#)[^\n]+\n)+"
    r"\n## Wrong\n\n```[a-z]*\n(?:(?!```)[^\n]*\n)+```\n"
    r"\n## Right\n\n```[a-z]*\n(?:(?!```)[^\n]*\n)+```\n"
    r"\n## Why\n\n(?:(?!```|#)[^\n]+\n)+"
)


def used_codes() -> dict[str, str]:
    """Return each code that the package writes and one file that does."""
    return {
        code: str(path.relative_to(PACKAGE))
        for path in sorted(PACKAGE.rglob("*.py"))
        for code in LITERAL.findall(path.read_text(encoding="utf-8"))
    }


def test_every_code_in_the_package_has_a_page():
    without = {code: file for code, file in used_codes().items() if pages.page(code) is None}
    assert not without, f"write policykit/source/pages/<code>.md for {without}"


def test_every_page_belongs_to_a_code_that_is_used():
    assert set(pages.all_codes()) <= set(used_codes()), "delete the page of a code that nothing gives"


def test_every_file_among_the_pages_is_a_page():
    names = {path.name for path in (PACKAGE / "source" / "pages").iterdir()}
    assert names == {f"{code}.md" for code in pages.all_codes()}


@pytest.mark.parametrize("code", pages.all_codes())
def test_a_page_has_the_form_that_readers_expect(code):
    text = pages.page(code)
    assert text is not None
    form = FORM.fullmatch(text)
    assert form is not None, "expected `# PKnnn: title`, a paragraph, `## Wrong`, `## Right`, `## Why`"
    assert form["code"] == code


@pytest.mark.parametrize("code", ["PK000", "pk001", "PK1", "", "../PK001", "PK001.md", "PK001\n", "PK٠٠١"])
def test_what_is_not_a_code_has_no_page(code):
    assert pages.page(code) is None
    assert pages.title(code) == code
    assert pages.summary(code) == ""


def test_title_and_summary_come_from_the_page():
    assert pages.title("PK001") == "no such file"
    assert pages.summary("PK001") == "The path that was given does not lead to a file."
