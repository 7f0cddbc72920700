"""Owners who are nobody: what templates, manuals and forms write where a name should stand.

The whole name must be such a word: a team `unknown-traffic` and a person `todorov` are real. CODEOWNERS and the
catalog share these words; a few more mean nobody only where anybody can write anything, as in a catalog.

Source: GitHub documentation, "About code owners" (`@octocat`, `@global-owner1`, `@octo-org/octocats`); GitLab
documentation, "Syntax of CODEOWNERS file" (`@default-codeowner`, `@group/with-nested/subgroup`); RFC 2606 and
RFC 6761 for domains that never receive mail. Names below `.example` stand for invented companies and count.
"""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[\s._-]+")
_TEMPLATE = re.compile(r"\{\{|\{%|\$\{|<[^>]*>|\$[A-Z_]{2,}|%[A-Z_]{2,}%|__[A-Z_]{2,}__")
_BLANK = re.compile(r"\W+\Z|x{3,}\Z|n/a\Z|\[[a-z _-]+\]\Z", re.IGNORECASE)
_INSTRUCTION = re.compile(
    r"((please[\s._-]?)?(replace|change|insert|enter|put|set)[\s._-]?(this|me|with|by|in|the)?[\s._-]?)?your[\s._-]",
    re.IGNORECASE,
)
"""A name that tells the reader to write their own."""
_NOBODY = (
    "todo tbd tba tbc fixme changeme changethis replaceme replacethis fillme fillmein unassigned notassigned unknown "
    "undefined none null nil nobody noone someone somebody anyone anybody placeholder dummy example guest guests "
    "unowned orphan orphaned you me yourself"
)
_TO_COME = frozenset(
    ["todo", "tbd", "tba", "tbc", "fixme", "changeme", "changethis", "replaceme", "replacethis", "fillme", "fillmein"]
)
_BARE_WORDS = "user username group groupname owner ownername teamname orgname organizationname person"
_FROM_MANUALS = (
    "ghost octocat octocats doctocat globalowner jsowner defaultowner defaultcodeowner codeowner johndoe janedoe "
    "foo foobar myteam mygroup myorg myorganization mycompany myuser myname myusername subgroup testuser testteam "
    "testowner"
)
_QUALIFIERS = "unknown unassigned placeholder dummy example sample no tbd changeme replace replaceme insert enter"
_THINGS = "owner owners team user group name person org username maintainer maintainers teamname ownername"
_WORDS = frozenset(
    [*_NOBODY.split(), *_BARE_WORDS.split(), *_FROM_MANUALS.split()]
    + [qualifier + thing for qualifier in _QUALIFIERS.split() for thing in _THINGS.split()]
    + [
        both
        for left in ("tbd", "todo", "tba", "fixme")
        for thing in _THINGS.split()
        for both in (thing + left, left + thing)
    ]
)
_ANYBODY = frozenset(("team", "theteam", "owners", "vendor", "it"))
"""Names that say nothing in a catalog, where no host checks that there is such a team."""
_ANY_TEAM = frozenset(("team", "theteam"))
"""Teams have an organisation before them in CODEOWNERS."""
_MANUALS = "octoorg myorg myorganization mycompany exampleorg example orgname organization"
_ORGANISATIONS = frozenset(_MANUALS.split())
_MADE_UP = frozenset(("org", "company"))
"""Organisations that are made up when the team is a bare word too: `@org/team`."""
_NO_MAIL = re.compile(
    r"(.*\.)?(example\.(com|org|net|edu)|invalid|test|localhost|"
    r"(your|my)?-?(domain|company|org|organization)\.(com|org|net))\Z"
)
_NO_REPLY = frozenset(("noreply", "donotreply"))


def placeholder_handle(owner: str) -> bool:
    """Return whether an owner in CODEOWNERS is a placeholder: `@your-org/your-team`, `@octocat`, `you@example.com`."""
    if _TEMPLATE.search(owner):
        return True
    if not owner.startswith("@"):
        return _is_no_mail(owner)
    if owner.startswith("@@"):
        return False  # a role of the host: nobody fills it in
    *groups, name = owner[1:].split("/")
    if not groups and _squeezed(name) in _ANY_TEAM:
        return True
    if groups and _squeezed(groups[0]) in _MADE_UP:
        return _is_nobody(name) or _squeezed(name) in _ANYBODY
    return _is_nobody(name) or any(_squeezed(group) in _ORGANISATIONS or _is_nobody(group) for group in groups)


def placeholder_reference(text: str) -> bool:
    """Return whether an owner or a name in a catalog is a placeholder: `TBD`, `user:default/unassigned`."""
    if _TEMPLATE.search(text) or _BLANK.match(text):
        return True
    name = text.rpartition(":")[2].rpartition("/")[2]
    if "@" in name.strip("@"):
        return _is_no_mail(name)
    return _is_nobody(name.lstrip("@")) or _squeezed(name) in _ANYBODY


def says_nothing(text: str) -> bool:
    """Whether a text only keeps the place of another: `TBD`, `to do`, `fill me in`, `???`, `{{ owner }}`."""
    return is_template(text) or bool(_BLANK.match(text.strip())) or _squeezed(text) in _TO_COME


def is_template(text: str) -> bool:
    """Return whether a text holds a variable of a template that was never filled in."""
    return bool(_TEMPLATE.search(text))


def _is_no_mail(address: str) -> bool:
    name, _, domain = address.rpartition("@")
    return bool(_NO_MAIL.match(domain.lower())) or _is_nobody(name) or _squeezed(name) in _NO_REPLY


def _is_nobody(name: str) -> bool:
    squeezed = _squeezed(name)
    ending = squeezed.removesuffix("here")
    return (
        bool(_BLANK.match(name))
        or bool(_INSTRUCTION.match(name))
        or any(word in _WORDS for word in (squeezed, ending, squeezed.rstrip("0123456789")))
        or _is_yours(ending)
    )


def _is_yours(squeezed: str) -> bool:
    """Return whether it is `yourteam` and the like; `yourmechanic` is a company."""
    return squeezed.startswith("your") and squeezed.removeprefix("your") in {
        *_THINGS.split(), "organization", "company", "handle", "githubusername", "githubhandle", "githubteam",
    }  # fmt: skip


def _squeezed(name: str) -> str:
    return _SEPARATORS.sub("", name.strip().lower())
