"""The page of all codes: every code once, under its area. `pytest --rewrite-golden tests/unit/docs` writes it anew."""

from policykit.source import pages
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "codes.md"
AREAS = {
    0: "Files",
    20: "The form of a policy",
    100: "Names and what they mean",
    150: "Dates counted from the check",
    155: "What is read otherwise than it may be meant",
    200: "Values, numbers and conditions",
    300: "Clauses and what they lack",
    340: "The guard: settings, bindings, adapters",
    365: "Prices",
    373: "The guard: clients and tools",
    380: "The guard's stores, approvals and stops",
    400: "Packs, the order of gates, stops of the record",
    450: "Calls that are decided or replayed",
    500: "Evidence: files",
    530: "Evidence: what proves nothing",
    560: "Evidence: signatures, and values that people write down",
    600: "The project file and the gate",
    610: "Why a clause is not met",
    640: "What the policy must permit, and sign-offs that do not count",
    650: "Statements, agreements and signed verdicts",
    680: "What cannot be used",
    700: "Trails",
    750: "Time stamps",
    800: "Keys",
    850: "Detectors",
    900: "The command line",
    950: "People who answer, and replay",
}
"""Where each area begins."""


def page() -> str:
    lines = [
        "# All codes\n",
        "`policykit explain PK201` prints the page of a code: what it means, a wrong and a right example, and why. This list is made from those pages;",
        "`pytest --rewrite-golden tests/unit/docs` makes it anew.",
    ]
    starts = sorted(AREAS, reverse=True)
    last = None
    for code in pages.all_codes():
        area = next(start for start in starts if int(code[2:]) >= start)
        if area != last:
            lines += [f"\n## {AREAS[area]}\n", "| code | |", "|---|---|"]
            last = area
        lines.append(f"| [{code}](../policykit/source/pages/{code}.md) | {pages.title(code)} |")
    return "\n".join(lines) + "\n"


def test_the_page_lists_every_code_under_its_area(request):
    if request.config.getoption("--rewrite-golden"):
        PAGE.write_text(page(), "utf-8")
    assert PAGE.read_text("utf-8") == page()


def test_every_area_has_codes():
    text = page()
    assert all(f"\n## {name}\n" in text for name in AREAS.values())
    assert text.count("| [PK") == len(pages.all_codes())
