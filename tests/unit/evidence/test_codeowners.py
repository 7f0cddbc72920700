"""CODEOWNERS: whose rules a file follows, who owns a path, and when everything is known to have an owner."""

from __future__ import annotations

import pytest

from policykit.evidence.reader import SURE
from policykit.evidence.readers._codeowners_lines import Host
from policykit.evidence.readers._codeowners_paths import matches, takes_everything
from policykit.evidence.readers.codeowners import detect


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*", "a/b/c.py", True),
        ("*.js", "web/app.js", True),
        ("*.js", "web/app.ts", False),
        ("/build/logs/", "build/logs/x/y.txt", True),
        ("/build/logs/", "deep/build/logs/x.txt", False),
        ("docs/*", "docs/start.md", True),
        ("docs/*", "docs/build/start.md", False),
        ("docs/*", "old/docs/start.md", False),
        ("apps/", "some/apps/x.py", True),
        ("apps/", "apps", False),
        ("/docs/", "docs/a/b.md", True),
        ("**/logs", "build/logs/x.txt", True),
        ("/scripts/**/x.py", "scripts/a/b/x.py", True),
        ("/scripts/**/x.py", "scripts/x.py", True),
        ("/scripts/**", "scripts/a", True),
        ("/scripts/**", "scripts", False),
        ("/apps/github", "apps/github/x.py", True),
        ("/apps", "other/apps/x.py", False),
        ("a*a*a*a*a*a*a*b", "a" * 60, False),
    ],
)
def test_patterns_match_as_github_documents_them(pattern, path, expected):
    assert matches(pattern, path, Host.GITHUB) is expected


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*", ".hidden/x", True),
        ("README.md", "app/lib/README.md", True),
        ("internal/README.md", "docs/internal/README.md", True),
        ("/README.md", "docs/README.md", False),
        ("/docs", "docs/a.md", False),
        ("/docs/", "docs/a/b.md", True),
        ("lib/", "app/lib/a.rb", True),
        ("lib/", "lib", False),
        ("/docs/*", "docs/a/b.md", False),
        ("/docs/**", "docs/a/b.md", False),
        ("/docs/**", "docs/b.md", True),
        ("/docs/**/*.md", "docs/a/b/c.md", True),
        ("/docs/**/*.md", "docs/c.md", True),
        ("/[^a]pi/x", "bpi/x", True),
        ("/[^a]pi/x", "api/x", False),
    ],
)
def test_patterns_match_as_gitlab_documents_them(pattern, path, expected):
    assert matches(pattern, path, Host.GITLAB) is expected


PATHS = ("a", ".a", "a/b", "a/b.c/d", "x y/z")


@pytest.mark.parametrize("host", list(Host), ids=lambda host: host.value)
@pytest.mark.parametrize(
    "pattern", ["*", "**", "/**", "**/*", "/**/*", "**/**", "/*", "/", "*.*", "*/", "?*", "a", "**/"]
)
def test_a_pattern_said_to_take_everything_matches_every_path(host, pattern):
    everything = all(matches(pattern, path, host) for path in PATHS)
    assert not takes_everything(pattern, host) or everything


@pytest.mark.parametrize(
    ("pattern", "host"), [("*", Host.GITHUB), ("*", Host.GITLAB), ("/**", Host.GITHUB), ("/", Host.GITLAB)]
)
def test_what_takes_everything_is_known(pattern, host):
    assert takes_everything(pattern, host)


@pytest.fixture
def owners(read):
    def reading(text, *paths, name="CODEOWNERS"):
        return read(name, text, "ownership", options={"paths": list(paths)} if paths else {})

    return reading


def rate(evidence):
    return evidence.fields.get("owned_paths_rate")


# --- whose rules ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "* @ada-lund_harbour\n",
        "* @harbour/platform_team\n",
        "* ada.lund@harbour.io\n",
        "* @larch-anna # on duty until May\n/api/ @larch-ben\t# inline\n",
        "/a\\ folder/ @larch-anna\n* @larch-ben\n",
        "*\t@larch-anna\t@harbour/desk\r\n",
        "\ufeff* @larch-anna\n",
        "* @larch-anna\n/letters/\n/letters/ @larch-ben\n",
        "/letters/\n* @larch-anna\n",
        # GitLab's own
        "* @@maintainer\n",
        "* @@Owners @larch.anna\n",
        "* @harbour/desk/night_shift\n",
        "[Everything] @harbour/desk\n*\n",
        "[Letters][2] @harbour/letters\nletters/\n\n^[Rest]\n* @harbour/desk\n",
        "* @harbour/desk\n[Letters]\nletters/\n",
        "[Desk]\n* @harbour\n\\#odd.txt @harbour\na\\ b/ @harbour\n",
        "[Desk]\n* @harbour @harbour/sub/desk x.y@harbour.io\n[DESK]\n/x/ @harbour\n",
        "[Desk]\n/ @harbour\n",
    ],
)
def test_an_honest_file_of_either_host_counts_and_owns_every_path(owners, codes, text):
    evidence = owners(text)
    assert codes(evidence) == set()
    assert evidence.fields["placeholder_owners"] == 0
    assert rate(evidence) == 1


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("* ann", "`ann`"), ("!x @ann", "`!x`"), ("[ab].py @ann", "`[ab].py`"), ("a[b] @ann", "`a[b]`"), ("* @@ann", "`@@ann`"),
        ("* @ann,", "`@ann,`"), ("* ann@harbour", "`ann@harbour`"), ("* @", "`@`"), ("\\#x @ann", "`\\#x`"), ("a\\b @ann", "`a\\b`"),
        ("* @ann/", "`@ann/`"), ("* @-ann", "`@-ann`"), ("[Docs @ann", "`[Docs`"), ("* @ann\u00a0@ben", "`@ann"),
    ],
)  # fmt: skip
def test_lines_that_hosts_skip_make_the_evidence_inconclusive(owners, line, word):
    problems = [p for p in owners(f"* @harbour/all\n{line}\n").problems if p.code == "PK548"]
    assert [p.place for p in problems] == ["CODEOWNERS: line 2"]
    assert problems[0].message.startswith(word)


@pytest.mark.parametrize(
    "line", ["[Docs] ann", "[ab].py @harbour", "* @@guest", "! @harbour", "[] @harbour", "[x][y] @harbour"]
)
def test_lines_that_gitlab_skips_make_the_evidence_inconclusive(owners, codes, line):
    assert "PK548" in codes(owners(f"[All]\n* @harbour\n{line}\n"))


def test_a_folder_says_whose_rules_hold(owners, codes):
    text = "[Docs] @harbour\n* @harbour\n"
    assert codes(owners(text, name=".gitlab/CODEOWNERS")) == set()
    assert codes(owners(text, name=".github/CODEOWNERS")) == {"PK548"}
    assert codes(owners("!x\n* @harbour\n", name=".gitlab/CODEOWNERS")) == set()


@pytest.mark.parametrize("end", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\r"])
def test_only_a_line_feed_ends_a_comment(owners, codes, end):
    assert codes(owners(f"# what follows is a comment too{end}* @harbour/all\n")) == {"PK530"}


def test_a_comment_names_no_owner(owners):
    assert rate(owners("* # @harbour/all\n")) is None
    assert owners("* @harbour/all # @larch-ben\n").fields["owners"] == ("@harbour/all",)


# --- who owns a path ------------------------------------------------------------------------------------------------


def test_the_last_match_wins(owners):
    text = "* @harbour/all\n/docs/ @harbour/docs\n/docs/secret/ @ann\n"
    found = owners(text, "docs/a.md", "docs/secret/b.md", "src/c.py").elements["path"]
    assert [path["owners"] for path in found] == [("@harbour/docs",), ("@ann",), ("@harbour/all",)]


def test_every_section_names_owners_and_a_heading_names_those_of_lines_without(owners):
    text = "* @harbour\n[Docs] @writers\ndocs/\n/docs/law/ @lawyers\n[Go]\n*.go @gophers\n"
    found = owners(text, "docs/a.go", "docs/law/b.md", "x.py").elements["path"]
    assert [path["owners"] for path in found] == [
        ("@harbour", "@writers", "@gophers"),
        ("@harbour", "@lawyers"),
        ("@harbour",),
    ]


def test_what_gitlab_excludes_stays_without_an_owner_in_its_section(owners):
    evidence = owners("[All]\n!*.rb\n* @harbour\n/special/*.rb @harbour/ruby\n", "special/x.rb", "a.py")
    assert [path["owned"] for path in evidence.elements["path"]] == [False, True]
    assert rate(owners("[All]\n!*.rb\n* @harbour\n")) is None


def test_a_last_line_without_an_owner_takes_ownership_away(owners):
    evidence = owners("* @harbour/all\n/generated/\n", "generated/x.py")
    assert evidence.elements["path"] == ({"path": "generated/x.py", "owned": False},)
    assert evidence.fields["owned_paths"] == 0
    assert "PK541" in {p.code for p in evidence.problems}


# --- what is known of all paths -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("*.js @harbour/web\n", "no line gives every path an owner"),
        ("/* @harbour/web\n", "no line gives every path an owner"),
        ("*.* @harbour/web\n", "no line gives every path an owner"),
        ("/src/ @harbour/web\n/docs/ @harbour/docs\n", "no line gives every path an owner"),
        ("* @harbour/all\n/generated/\n", "a line takes the owner away from what it matches"),
        ("* @harbour/all\n/generated/ @your-org/your-team\n", "a line takes the owner away from what it matches"),
        ("* @harbour/all\n*\n", "no line gives every path an owner"),
        ("* @octocat\n/src/ @harbour/web\n", "no line gives every path an owner"),
        ("[All]\n* @harbour\n!x.py\n", "a line takes the owner away from what it matches"),
        ("[Docs] @harbour\ndocs/\n", "no line gives every path an owner"),
        ("[Docs]\n*\n", "no line gives every path an owner"),
    ],
)
def test_patterns_alone_do_not_show_that_every_path_has_an_owner(owners, text, why):
    evidence = owners(text)
    assert rate(evidence) is None
    assert evidence.absent["owned_paths_rate"].startswith(why)
    assert not {"paths", "owned_paths"} & evidence.fields.keys()
    assert "path" not in evidence.elements or evidence.elements["path"] == ()


def test_the_rate_over_patterns_is_another_field(owners):
    fields = owners("*.js @harbour/web\n*.py @harbour/core\n/gen/\n").fields
    assert (fields["patterns"], fields["owned_patterns"]) == (3, 2)


def test_listed_paths_are_counted_once_and_alone(owners):
    fields = owners("*.js @harbour/web\n", "a.js", "./a.js", "b.py").fields
    assert (fields["paths"], fields["owned_paths"]) == (2, 1)
    assert fields["owned_patterns"] == 1


@pytest.mark.parametrize("paths", [[""], ["."], ["/"], [1], "a.js", [["a"]]])
def test_what_is_no_list_of_paths_is_refused(read, codes, paths):
    assert codes(read("CODEOWNERS", "* @harbour/all\n", "ownership", options={"paths": paths})) == {"PK521"}


def test_what_stands_before_a_line_that_takes_everything_never_decides(owners):
    evidence = owners("/docs/ @harbour/docs\n*\n")
    assert evidence.fields["default_owner"] is False
    assert evidence.fields["patterns"] == 1


def test_without_a_line_for_everything_there_is_no_default_owner(owners):
    assert owners("/docs/ @harbour/docs\n").fields["default_owner"] is False


@pytest.mark.parametrize("text", ["# nothing yet\n\n", "", "\n \n", "[Docs] @harbour\n", "# * @harbour/all\n"])
def test_a_file_without_rules_names_no_owner(owners, codes, text):
    assert codes(owners(text)) == {"PK530"}


# --- who is an owner ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line", ["* @your-org/your-team", "* @octocat", "* {{ cookiecutter.owner }}", "* @${{values.team}}"]
)
def test_a_placeholder_owns_nothing(owners, line):
    evidence = owners(f"{line}\n")
    assert rate(evidence) is None
    assert "PK540" in {p.code for p in evidence.problems}
    assert "owners" not in evidence.fields or evidence.fields["owners"] == ()


def test_a_placeholder_beside_an_owner_is_counted_and_not_named(owners):
    evidence = owners("* @octocat @Octocat @harbour/all\n/x/ @username\n")
    assert evidence.fields["placeholder_owners"] == 2
    assert evidence.fields["owners"] == ("@harbour/all",)


def test_a_placeholder_that_a_later_line_replaces_is_gone(owners):
    assert owners("* @your-org/your-team\n* @harbour/all\n").fields["placeholder_owners"] == 0


def test_people_teams_and_programs_are_told_apart(owners):
    assert owners("* @harbour/all @ann ann@harbour.io @larch-bot # the team\n").fields["named_people"] == 2


def test_one_owner_in_two_spellings_is_one(owners):
    fields = owners("* @Larch-Anna\n/x/ @larch-anna\n").fields
    assert fields["named_people"] == 1
    assert fields["owner"].lower() == "@larch-anna"


def test_gitlab_does_not_tell_groups_from_people(owners):
    assert "named_people" not in owners("[All]\n* @harbour\n").fields
    assert owners("[All]\n* @@maintainer ann@harbour.io\n").fields["named_people"] == 1


# --- several files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "paths", "expected"),
    [
        ("* @harbour/all\n", "* @harbour/web\n", (), 1),
        ("* @harbour/all\n", "*.js @harbour/web\n", (), None),
        ("* @harbour/all\n", "*.js @harbour/web\n", ("a.js",), 1),
    ],
)
def test_two_repositories_are_owned_when_both_are(owners, first, second, paths, expected):
    from policykit.evidence.merging import merge

    merged = merge([owners(first, *paths, name="a/CODEOWNERS"), owners(second, *paths, name="b/CODEOWNERS")])
    assert rate(merged) == expected


def test_a_pattern_that_is_excluded_is_shown_as_it_is_written(read):
    evidence = read(".gitlab/CODEOWNERS", "* @harbour/desk\n!build/\n", "ownership")
    assert [pattern["pattern"] for pattern in evidence.elements["pattern"]] == ["*", "!build/"]


@pytest.mark.parametrize(
    ("name", "sure"),
    [
        ("CODEOWNERS", True),
        ("docs/CODEOWNERS", True),
        ("web.CODEOWNERS", True),
        ("OWNERS", False),
        ("CODEOWNERS.txt", False),
    ],
)
def test_the_file_s_name_alone_tells_the_reader(name, sure):
    assert (detect(b"* @harbour/all", name) >= SURE) is sure


def test_a_file_is_read_up_to_the_size_that_the_host_loads(read, codes):
    line = b"* @harbour/all\n"
    largest = line + b"#" * (3 * 1024 * 1024 - 1 - len(line))
    assert codes(read("CODEOWNERS", largest, "ownership")) == set()
    assert codes(read("CODEOWNERS", largest + b"#", "ownership")) == {"PK503"}


def test_patterns_without_an_owner_are_named_only_where_no_path_is_listed(owners):
    text = "/src/ @harbour/src\n/gen/\n"
    assert [p.code for p in owners(text).problems] == ["PK541"]
    assert owners(text, "src/a.py").problems == ()
    assert [p.message for p in owners(text, "src/a.py", "gen/b.py").problems] == ["`gen/b.py` has no owner"]
