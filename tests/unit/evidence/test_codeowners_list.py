"""Laws of the list of paths that a file holds: what git prints is read as git means it, and anything else is refused."""

from __future__ import annotations

import hashlib
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.evidence.merging import merge
from policykit.evidence.readers._codeowners_lines import Host, Rule
from policykit.evidence.readers._codeowners_list import _each
from policykit.evidence.readers._codeowners_paths import _decided, by_section, owners_of

OWNERS = "*.py @harbour/python\n/docs/ @harbour/docs\n"
NAMES = ["app.py", "src/läufer.py", 'src/"quoted".py', "docs/a b.md", "tab\there.txt", "back\\slash.py", "new\nline.md"]


@pytest.fixture
def listed(read, project):
    """Return the evidence on CODEOWNERS with a list of paths in a file."""

    def reading(content: bytes, name: str = "CODEOWNERS", owners: str = OWNERS):
        (project / "tracked.txt").write_bytes(content)
        return read(name, owners, "ownership", options={"paths": {"file": "tracked.txt"}})

    return reading


def _paths(evidence) -> dict[str, bool]:
    return {path["path"]: path["owned"] for path in evidence.elements["path"]}


@pytest.mark.parametrize("how", [[], ["-z"], ["-c", "core.quotePath=off"]])
def test_what_git_prints_is_read_as_the_paths_that_git_tracks(listed, tmp_path, how):
    repository = tmp_path / "repository"
    for name in NAMES:
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    options = how if how[:1] == ["-c"] else []
    git = ["git", "-C", str(repository), *options]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    found = listed(
        subprocess.run([*git, "ls-files", *(how if not options else [])], check=True, capture_output=True).stdout
    )
    assert sorted(_paths(found)) == sorted(NAMES), found.problems
    owned = {name for name, is_owned in _paths(found).items() if is_owned}
    assert owned == {name for name in NAMES if name.endswith(".py") or name.startswith("docs/")}
    assert found.trust == "claimed"


def test_the_list_is_bound_by_its_digest(listed):
    content = b"app.py\r\ndocs/x.md\r\n"
    found = listed(content)
    assert ("tracked.txt", f"sha256:{hashlib.sha256(content).hexdigest()}") in found.files
    assert [name for name, _ in found.files] == ["CODEOWNERS", "tracked.txt"]
    assert found.fields["owned_paths_rate"] == 1


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n\n", b"/home/x/app.py\n", b"../app.py\n", b"100644 3f2a9c01 0\tapp.py\n", b'"open.py\n', b'"\\q.py"\n',
        b"\xff.py\n", b"app.py\0\xff\0", b".\n", b"a\\b.py\n",
    ],
)  # fmt: skip
def test_what_git_would_not_print_is_refused(listed, codes, content):
    assert codes(listed(content)) == {"PK556"}


@pytest.mark.parametrize("stated", [{"file": 1}, {"file": "tracked.txt", "x": 1}, {}, "tracked.txt", {"files": "t"}])
def test_another_form_of_the_option_is_refused(read, codes, stated):
    assert codes(read("CODEOWNERS", OWNERS, "ownership", options={"paths": stated})) == {"PK521"}


@pytest.mark.parametrize(("path", "code"), [("none.txt", "PK500"), ("../tracked.txt", "PK502"), (".", "PK501")])
def test_a_list_that_is_not_there_or_outside_is_refused(read, codes, path, code):
    assert codes(read("CODEOWNERS", OWNERS, "ownership", options={"paths": {"file": path}})) == {code}


def test_one_list_may_serve_two_files(listed, codes):
    parts = [listed(b"app.py\n", name="a/CODEOWNERS"), listed(b"app.py\n", "b/CODEOWNERS", "* @harbour/all\n")]
    assert codes(merge(parts)) == set()


def test_more_pairs_than_end_in_time_are_refused(listed, codes):
    many = "".join(f"*.e{number} @harbour/all\n" for number in range(4000))
    paths = b"".join(b"f%d\n" % number for number in range(4000))
    assert codes(listed(paths, owners=many)) == {"PK556"}
    rooted = "".join(f"/d{number}/ @harbour/all\n" for number in range(400))
    assert codes(listed(paths, owners=rooted)) == set()


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1), min_size=1))
def test_a_list_with_nul_holds_each_path_as_it_is(names):
    names = [name for name in names if name.strip("./ ") and not name.startswith(("/", "../"))]
    assert list(_each("\0".join([*names, ""]).encode(), "x")) == names if names else True


_PART = st.sampled_from(["a", "b", "*", "**", "a*", "[ab]", "?"])
_PATTERN = st.tuples(st.sampled_from(["", "/"]), st.lists(_PART, min_size=1, max_size=3), st.sampled_from(["", "/"]))
_RULES = st.lists(st.tuples(_PATTERN, st.booleans(), st.sampled_from(["", "s"])), max_size=5)


@settings(max_examples=300)
@given(_RULES, st.lists(st.sampled_from(["a", "b", "ab", "c"]), min_size=1, max_size=3), st.sampled_from(Host))
def test_leaving_out_patterns_of_other_folders_changes_no_owner(rules, names, host):
    parsed = [
        Rule(number, start + "/".join(parts) + end, (f"@o{number}",), section, excluded and host is Host.GITLAB)
        for number, ((start, parts, end), excluded, section) in enumerate(rules)
    ]
    path = "/".join(names)
    every = [owner for section in by_section(parsed) for owner in _decided(section[::-1], path, host)]
    assert dict(owners_of(parsed, [path], host)) == {path: tuple(dict.fromkeys(every))}
