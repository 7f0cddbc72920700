"""Owners who are nobody, and people and teams whose names only sound like it."""

from __future__ import annotations

import pytest

from policykit.evidence.readers._owner_names import placeholder_handle, placeholder_reference

PLACEHOLDERS = (
    "@your-org/your-team @org/team-name @org/team @username @octocat @global-owner1 @global-owner2 @js-owner "
    "@octo-org/octocats @octo-org/web @your-username @yourusername @YOUR_TEAM @TODO @harbour/todo @harbour/TBD "
    "@harbour/your-team-here @my-org/backend @user1 @harbour/unassigned @harbour/team-name @unknown @changeme "
    "@change-me @replace-me @harbour/<team> @$TEAM @__TEAM__ @default-codeowner @group/with-nested/subgroup @johndoe "
    "you@example.com docs@example.org x@mail.example.net changeme@harbour.io no-reply@harbour.io your.name@harbour.io "
    "ann@harbour.invalid name@your-company.com @harbour/no-owner @harbour/owner-tbd @xxx @harbour/placeholder "
    "@ghost @team @the-team @replace-with-your-team @insert_your_team @harbour/change-your-team @todo-owner"
)


@pytest.mark.parametrize(
    "owner",
    PLACEHOLDERS.split(),
)
def test_what_templates_and_manuals_write_is_a_placeholder(owner):
    assert placeholder_handle(owner)


OWNERS = (
    "@harbour/unknown-traffic @todorov @harbour/todo-app @octocatering @harbour/it @harbour/team @harbour/owners "
    "@harbour/code-owners @usher @userland @ann_harbour @nobel @grouper @yourmechanic/web @example-labs/core @guestline "
    "@harbour/guest-services @harbour/vendor-risk @tbdavis @@maintainer ann@harbour.io team@harbour.io "
    "ann@examples.com docs@myexample.com nora.body@harbour.io @harbour/none-life @changelog @harbour/na @org/platform "
    "@ghostwriter @replaceable @insert-labs @teamwork @foobarista @larch-anna @me-too @harbour/maintainers @harbour/sample-lab @harbour/user-research"
)


@pytest.mark.parametrize(
    "owner",
    OWNERS.split(),
)
def test_real_names_that_hold_such_a_word_are_owners(owner):
    assert not placeholder_handle(owner)


@pytest.mark.parametrize(
    "owner",
    [
        "team", "TBD", "guests", "user:guest", "unknown", "<owner>", "group:default/todo", "user:default/unassigned",
        "group:default/unknown", "user:default/user", "group:default/group", "N/A", "???", "-", "xxxx", "the team",
        "your team", "${{ values.owner }}", "{{cookiecutter.owner}}", "{% raw %}", "%OWNER%", "user:guest@example.com",
        "group:default/your-team", "someone", "vendor", "IT", "change_me", "no-one", "owner", "[owner]",
    ],
)  # fmt: skip
def test_a_catalog_has_a_few_more(owner):
    assert placeholder_reference(owner)


@pytest.mark.parametrize(
    "owner",
    [
        "group:default/payments", "user:default/todorov", "group:default/unknown-traffic", "team-payments", "it-operations",
        "group:harbour/team1", "user:default/ann.example", "vendor-risk", "user:ann@harbour.io", "guest-services", "A",
    ],
)  # fmt: skip
def test_real_owners_of_a_catalog_stay(owner):
    assert not placeholder_reference(owner)
