"""Laws of digests."""

import pytest

from policykit.encoding.digest import (
    DigestError,
    digest_of_bytes,
    digest_of_file,
    digest_of_json,
    parse_digest,
    raw_digest,
)


def test_the_digest_of_nothing_is_the_published_one():
    assert digest_of_bytes(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_file_and_its_bytes_have_the_same_digest(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"x" * 3_000_000)
    assert digest_of_file(path) == digest_of_bytes(b"x" * 3_000_000)


def test_a_missing_file_is_our_own_error(tmp_path):
    with pytest.raises(DigestError, match="cannot read"):
        digest_of_file(tmp_path / "none")


def test_the_digest_of_a_value_does_not_depend_on_the_order_of_members():
    assert digest_of_json({"a": 1, "b": 2.0}) == digest_of_json({"b": 2, "a": 1})


def test_the_raw_bytes_are_those_of_the_hexadecimal_digits():
    digest = digest_of_bytes(b"abc")
    assert raw_digest(digest).hex() == digest.removeprefix("sha256:")


@pytest.mark.parametrize(
    "text",
    ["", "sha256:", "sha256:" + "A" * 64, "sha256:" + "0" * 63, "sha512:" + "0" * 64, "sha256:" + "0" * 64 + "\n"],
)
def test_other_texts_are_refused(text):
    with pytest.raises(DigestError):
        parse_digest(text)
