"""Laws of reading: what every reader cannot read the same way is refused, in bounded time, with its place."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.source import MAX_FILE_BYTES, Diagnostic, SourceFile
from policykit.source.reading import read_bytes, read_source, source_from_bytes, source_from_text

GOOD = 'language 1\n\npolicy triage version "1.0.0"\n'


def refused(result: object) -> Diagnostic:
    assert isinstance(result, Diagnostic)
    return result


def test_a_good_file_is_read_as_it_stands(tmp_path):
    path = tmp_path / "a.policy"
    path.write_bytes(GOOD.encode())
    result = read_source(path)
    assert isinstance(result, SourceFile)
    assert result.text == GOOD


def test_crlf_line_ends_are_kept_and_lines_are_quoted_without_them():
    result = source_from_text("a", "language 1\r\nparty x\r\n")
    assert isinstance(result, SourceFile)
    assert result.line(1) == "language 1"


def test_a_byte_order_mark_at_the_start_is_dropped(tmp_path):
    path = tmp_path / "bom.policy"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    result = read_source(path)
    assert isinstance(result, SourceFile)
    assert result.text == GOOD


def test_a_missing_file_is_said_with_the_nearest_name_in_its_folder(tmp_path):
    (tmp_path / "triage.policy").write_text(GOOD)
    found = refused(read_source(tmp_path / "triag.policy"))
    assert (found.code, found.help) == ("PK001", f"did you mean `{tmp_path / 'triage.policy'}`?")


def test_a_missing_folder_is_a_missing_file(tmp_path):
    assert refused(read_source(tmp_path / "no" / "such.policy")).code == "PK001"


def test_a_directory_is_not_a_file(tmp_path):
    found = refused(read_source(tmp_path))
    assert (found.code, found.got) == ("PK002", "a directory")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_without_a_writer_does_not_block(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    found = refused(read_source(path))
    assert (found.code, found.got) == ("PK002", "a pipe")


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="this system has no /dev/zero")
def test_an_endless_device_is_refused_unread():
    found = refused(read_source("/dev/zero"))
    assert (found.code, found.got) == ("PK002", "a device")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_said_with_the_systems_reason(tmp_path):
    path = tmp_path / "a.policy"
    path.write_text(GOOD)
    path.chmod(0)
    found = refused(read_source(path))
    assert (found.code, found.message) == ("PK003", "the file cannot be read: permission denied")


@pytest.mark.parametrize("path", ["a\0b", "a" * 5_000])
def test_a_path_that_the_system_refuses_is_a_diagnostic(path):
    assert refused(read_source(path)).code in {"PK001", "PK003"}


def test_a_loop_of_links_is_a_diagnostic(tmp_path):
    path = tmp_path / "loop"
    path.symlink_to(path)
    assert refused(read_source(path)).code == "PK003"


def test_a_file_one_byte_over_the_limit_is_refused_and_one_at_the_limit_is_not(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"x" * 10)
    assert read_bytes(path, limit=10) == b"x" * 10
    assert refused(read_bytes(path, limit=9)).code == "PK004"


def test_a_huge_sparse_file_is_refused_by_its_size(tmp_path):
    path = tmp_path / "huge.policy"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert refused(read_source(path)).code == "PK004"


def test_a_file_that_lies_about_its_size_is_cut_off_while_reading():
    path = "/proc/self/maps"  # says 0 bytes
    if not os.path.exists(path):
        pytest.skip("this system has no /proc")
    assert refused(read_bytes(path, limit=16)).code == "PK004"


def test_text_and_bytes_over_the_limit_are_refused():
    assert refused(source_from_text("<text>", "x" * (MAX_FILE_BYTES + 1))).code == "PK004"
    assert refused(source_from_bytes("-", b"x" * (MAX_FILE_BYTES + 1))).code == "PK004"


def test_bytes_that_are_not_utf8_are_named_with_byte_line_and_column():
    found = refused(source_from_bytes("a.policy", b"language 1\nparty \xfc"))
    assert found.code == "PK005"
    assert found.message == "the file is not UTF-8 text at byte 18"
    assert found.got == "the byte 0xFC"
    assert found.where() == "a.policy:2:7"


def test_utf16_is_recognised_in_the_help():
    assert "UTF-16" in refused(source_from_bytes("a", GOOD.encode("utf-16"))).help


@pytest.mark.parametrize("text", ["", " ", "\n\r\n\t", "\ufeff"])
def test_nothing_but_white_space_is_an_empty_file(text):
    assert refused(source_from_text("a", text)).code == "PK006"


@pytest.mark.parametrize("char", ["\0", "\x07", "\x1b", "\x0b", "\x0c", "\x7f", "\x85", "\x9b", "\u2028", "\u2029"])
def test_control_characters_are_refused_with_their_place(char):
    found = refused(source_from_text("a", f"language 1\n# x{char}"))
    assert (found.code, found.where()) == ("PK007", "a:2:4")
    assert found.got == f"U+{ord(char):04X}"


def test_a_carriage_return_alone_is_refused():
    assert refused(source_from_text("a", "language 1\rlanguage 2")).code == "PK007"


BIDIRECTIONAL = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]


@pytest.mark.parametrize("code_point", BIDIRECTIONAL)
@pytest.mark.parametrize("before", ['deny "', "# ", "party "])
def test_bidirectional_controls_are_refused_in_quotes_comments_and_names(code_point, before):
    found = refused(source_from_text("a", f"language 1\n{before}{chr(code_point)}"))
    assert (found.code, found.span.start) == ("PK008", len("language 1\n" + before))


@pytest.mark.parametrize("char", ["\u200b", "\u2060", "\u2064", "\ufeff", "\U000e0041", "\U000e007f"])
def test_characters_that_nobody_sees_are_refused(char):
    assert refused(source_from_text("a", f'language 1 "gpt{char}-5"')).code == "PK008"


def test_half_characters_are_refused():
    assert refused(source_from_text("a", "language 1 \ud83d")).code == "PK009"


@pytest.mark.parametrize("text", ["é", "漢字", "שלום", "🙂", "👩\u200d💻", "e\u0301", "\t"])
def test_the_writing_of_any_language_is_accepted(text):
    assert isinstance(source_from_text("a", f"language 1 # {text}"), SourceFile)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_text_or_a_diagnostic_that_can_be_shown(data):
    result = source_from_bytes("a", data)
    if isinstance(result, Diagnostic):
        assert str(result)
    else:
        assert result.text.encode().removeprefix(b"\xef\xbb\xbf") == data.removeprefix(b"\xef\xbb\xbf")


@given(st.text(st.characters(), max_size=200))
def test_an_accepted_text_holds_only_characters_that_stay_in_their_place(text):
    result = source_from_text("a", text)
    if isinstance(result, SourceFile):
        result.text.encode("utf-8")
        assert all(char.isprintable() or char in "\t\n\r" or char.isspace() or ord(char) > 0xAC for char in result.text)
        assert not any(ord(char) in BIDIRECTIONAL for char in result.text)
