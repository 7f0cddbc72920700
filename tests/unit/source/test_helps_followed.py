"""Laws of the helps about files: what they say to do is done to the letter, and the file is read."""

import pytest

from policykit.source import SourceFile
from policykit.source.reading import source_from_bytes
from tests.helps import told
from tests.unit.language.check.kit import SETTING, policy

GOOD = 'language 1\n\npolicy triage version "1.0.0"\n  title "Größe"\n'


@pytest.mark.parametrize(
    ("form", "encoding"),
    [
        ("source/reading.py: save the file as UTF-8", "latin-1"),
        ("source/reading.py: the file looks like UTF-16: save it as UTF-8", "utf-16"),
    ],
)
def test_a_file_is_saved_as_utf_8(form, encoding):
    data = GOOD.encode(encoding)
    told(source_from_bytes("a", data).help, form)
    read = source_from_bytes("a", data.decode(encoding).encode("utf-8"))
    assert isinstance(read, SourceFile)
    assert read.text == GOOD


@pytest.mark.parametrize("char", ["\u200b", "\u202e", "\u2066"])
def test_what_cannot_be_seen_is_deleted(char):
    found = source_from_bytes("a", GOOD.replace("triage", f"tri{char}age").encode())
    told(found.help, "source/reading.py: delete it")
    whole = found.source.text
    read = source_from_bytes("a", (whole[: found.span.start] + whole[found.span.end :]).encode())
    assert read.text == GOOD


@pytest.mark.parametrize(
    ("char", "form", "mended"),
    [
        ("\x07", "source/reading.py: delete it", ""),
        ("\r", "source/reading.py: end the line with `LF` or `CRLF`", "\n"),
        ("\r", "source/reading.py: end the line with `LF` or `CRLF`", "\r\n"),
    ],
)
def test_a_control_character_is_deleted_and_a_line_ends_as_lines_do(char, form, mended):
    text = SETTING + f'rule NEW-1 "n"\n  on request{char}  when call.text contains any of "a"\n  then deny\n'
    found = source_from_bytes("a", text.encode())
    told(found.help, form)
    right = found.source.text[: found.span.start] + mended + found.source.text[found.span.end :]
    assert isinstance(source_from_bytes("a", right.encode()), SourceFile)
    assert policy(right).rules
