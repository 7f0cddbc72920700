"""Valid JUnit files in the form of each tool, for the laws of the reader."""

from __future__ import annotations

PYTEST = (
    '<testsuites name="pytest tests"><testsuite name="pytest" errors="{e}" failures="{f}" skipped="{s}" tests="{t}" '
    'time="0.5" timestamp="2026-11-20T10:00:00.125000+00:00" hostname="ci">{cases}</testsuite></testsuites>'
)


def pytest_file(*cases: str, e: int = 0, f: int = 0, s: int = 0, t: int | None = None) -> str:
    return PYTEST.format(e=e, f=f, s=s, t=len(cases) if t is None else t, cases="".join(cases))


def case(name: str, inside: str = "", more: str = "") -> str:
    return f'<testcase classname="desk" name="{name}" time="0.25" {more}>{inside}</testcase>'


GOOD = {
    "pytest": pytest_file(*(case(f"t{n}") for n in range(3))),
    "surefire": (
        '<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" name="desk.Keys" time="0.4" tests="3" '
        'errors="0" skipped="0" failures="0"><properties><property name="os" value="x"/></properties>'
        + "".join(case(f"t{n}") for n in range(3))
        + "</testsuite>"
    ),
    "gradle": (
        '<testsuite name="desk.Keys" tests="3" skipped="0" failures="0" errors="0" timestamp="2026-11-20T10:00:00Z" '
        f'hostname="ci" time="0.4">{case("t0")}{case("t1")}{case("t2")}<system-out>x</system-out></testsuite>'
    ),
    "jest": (
        '<testsuites name="jest tests" tests="3" failures="0" errors="0" time="1.2">'
        '<testsuite name="keys" errors="0" failures="0" skipped="0" timestamp="2026-11-20T10:00:00Z" tests="2" time="1">'
        f'{case("t0")}{case("t1")}</testsuite><testsuite name="rent" errors="0" failures="0" skipped="0" tests="1" '
        f'timestamp="2026-11-20T10:00:01Z" time="0.2">{case("t0")}</testsuite></testsuites>'
    ),
    "go": (
        '<testsuites tests="3" failures="0" errors="0"><testsuite tests="3" failures="0" time="0.75" name="desk/keys" '
        f'timestamp="2026-11-20T10:00:00Z">{case("t0")}{case("t1")}{case("t2")}</testsuite></testsuites>'
    ),
    "gtest": (
        '<testsuites tests="3" failures="0" disabled="0" errors="0" time="0.1" timestamp="2026-11-20T10:00:00Z" '
        'name="AllTests"><testsuite name="Keys" tests="3" failures="0" disabled="0" skipped="0" errors="0" time="0.1">'
        + "".join(case(f"t{n}", more='status="run" result="completed"') for n in range(3))
        + "</testsuite></testsuites>"
    ),
    "nested": (
        '<testsuites><testsuite name="Desk" tests="3" errors="0" failures="0" skipped="0" time="1">'
        f'<testsuite name="Keys" tests="2" errors="0" failures="0" skipped="0" time="1">{case("t0")}{case("t1")}'
        f"</testsuite>{case('t2')}</testsuite></testsuites>"
    ),
    "catch2": (
        '<testsuites><testsuite name="desk" errors="0" failures="0" tests="17" hostname="tbd" time="0.1" '
        f'timestamp="2026-11-20T10:00:00Z">{case("t0")}{case("t1")}{case("t2")}</testsuite></testsuites>'
    ),
    "nextest": (
        '<testsuites name="nextest-run" tests="3" failures="0" errors="0" uuid="0f0e" '
        'timestamp="2026-11-20T10:00:00Z" time="0.1"><testsuite name="desk" tests="3" disabled="0" errors="0" '
        f'failures="0">{case("t0")}{case("t1")}{case("t2")}</testsuite></testsuites>'
    ),
}
"""Three tests that passed, as each tool writes them."""

BREAKS = {
    "a case is gone": (case("t1"), ""),
    "a failure": ("></testcase>", "><failure/></testcase>"),
    "an error with a prefix": ("></testcase>", '><x:error xmlns:x="urn:x"/></testcase>'),
    "an element in capitals": ("></testcase>", "><FAILURE/></testcase>"),
    "an unknown element": ("></testcase>", "><timeout/></testcase>"),
    "a skip": ("></testcase>", "><skipped/></testcase>"),
    "a status": ('name="t0"', 'name="t0" outcome="broken"'),
    "an unknown status": ('name="t0"', 'name="t0" state="quarantined"'),
    "a flag": ('name="t0"', 'name="t0" success="false"'),
    "an error outside the cases": ("<testcase", "<error/><testcase"),
    "a suite that failed": ("<testsuite ", '<testsuite result="failed" '),
    "failures that are not written": ('failures="0"', 'failures="1"'),
    "errors that are not written": ('errors="0"', 'errors="2"'),
    "skips that are not written": ('errors="0"', 'errors="0" ignored="1"'),
    "more tests stated": ('tests="3"', 'tests="30"'),
    "fewer tests stated": ('tests="3"', 'tests="2"'),
    "a count that is not one": ('failures="0"', 'failures="NaN"'),
    "a suite without tests": ("<testcase", '<testsuite name="lost" time="3"/><testcase'),
}
"""What is replaced, once, and by what."""
