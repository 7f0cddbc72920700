"""Laws of the checker's codes: the wrong example of each page gives its code, the right one does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import policykit.language.check as package
from policykit.source import pages
from tests.unit.language.check.kit import SETTING, checked

FILES = (*Path(package.__file__).parent.rglob("*.py"), *(Path(package.__file__).parents[1] / f for f in ("lock.py",)))
CODES = sorted({code for path in FILES for code in re.findall(r'"(PK[0-9]{3})"', path.read_text(encoding="utf-8"))})
TRIGGERED_ELSEWHERE = {
    "PK411": "test_lock: a pack that is not the one locked",
    "PK412": "test_lock: a pack that is not pinned",
    "PK413": "test_lock: what is no lock file",
    "PK416": "test_includes: packs that double at each step",
}
"""Codes whose mistake does not stand in the text of one policy."""


def found_in(example: str):
    """Return what is found in an example, not in the declarations that it stands behind."""
    begin = 0 if example.strip().startswith("language ") else len(SETTING.lstrip())
    return [d for d in checked(example).diagnostics if d.source.name != "test.policy" or d.span.start >= begin]


def block(code: str, heading: str) -> str:
    text = pages.page(code)
    assert text is not None, f"{code} has no page"
    found = re.search(rf"## {heading}\n\n```policy\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def test_every_code_has_its_examples_or_a_reason_why_not():
    assert set(TRIGGERED_ELSEWHERE) <= set(CODES)
    assert len(CODES) > 75


@pytest.mark.parametrize("code", [c for c in CODES if c not in TRIGGERED_ELSEWHERE])
def test_the_wrong_example_of_a_page_gives_its_code(code):
    found = found_in(block(code, "Wrong"))
    assert code in {d.code for d in found}, [str(d) for d in found]


@pytest.mark.parametrize("code", [c for c in CODES if c not in TRIGGERED_ELSEWHERE])
def test_the_wrong_example_of_a_page_gives_no_error_besides_its_code(code):
    errors = {d.code for d in found_in(block(code, "Wrong")) if d.is_error}
    assert errors <= {code} | {"PK418": {"PK105"}, "PK402": {"PK418"}, "PK410": {"PK418"}}.get(code, set())


@pytest.mark.parametrize("code", CODES)
def test_the_right_example_of_a_page_has_no_error_and_not_its_warning(code):
    found = found_in(block(code, "Right"))
    assert [str(d) for d in found if d.is_error] == []
    assert code == "PK412" or code not in {d.code for d in found}
