"""What the pages for contributors say of the house is so: its paths are there, its rooms are those that tests hold."""

import re

import pytest

from tests.architecture.test_layers import LAYERS
from tests.architecture.test_rooms import ROOMS
from tests.conftest import ROOT

PAGES = ("CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md", "docs/glossary.md", "docs/stability.md")
_PATH = re.compile(
    r"`((?:policykit|tests|docs|grammar|engine|source|language|readiness|evidence|guard|trail|standalone)/[\w./-]+)`"
)
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
_WISHED = re.compile(r"NAME|TOOL|KIND|PKnnn")


@pytest.mark.parametrize("page", PAGES)
def test_every_path_and_link_of_a_page_leads_somewhere(page):
    text = (ROOT / page).read_text("utf-8")
    named = [path for path in _PATH.findall(text) if not _WISHED.search(path)]
    missing = [path for path in named if not (ROOT / path).exists() and not (ROOT / "policykit" / path).exists()]
    links = [link for link in _LINK.findall(text) if not ((ROOT / page).parent / link).exists()]
    assert (missing, links) == ([], [])


@pytest.mark.parametrize("room", ROOMS)
def test_the_page_shows_each_room_as_the_tests_hold_it(room):
    levels = " · ".join(", ".join(level.split()) for level in ROOMS[room])
    assert f"| {room} | {levels} |" in (ROOT / "docs" / "architecture.md").read_text("utf-8")


def test_the_drawing_has_the_layers_in_their_order():
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    drawing = page.partition("```text\n")[2].partition("```")[0].splitlines()
    rooms = {room for layer in LAYERS for room in layer}
    drawn = [[word for word in re.findall(r"[a-z_]+", line) if word in rooms] for line in reversed(drawing)]
    heights = {room: number for number, line in enumerate(drawn) for room in line}
    assert set(heights) == rooms
    order = [sorted({heights[room] for room in layer}) for layer in LAYERS]
    assert order == sorted(order)
