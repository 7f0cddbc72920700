"""Characters that a text writes in another way: `%40`, `&#64;`, `\u0040`, `<b>`; and the way back to their places.

Detectors read a text a second time with these decoded, because a page, a log or a model may write so. One pass, and
what a form becomes hardly depends on what stands around it, so that a part of a text reads as it does in the whole.

Source: RFC 3986 section 2.1 (percent signs), RFC 2045 section 6.7 (quoted-printable), RFC 8259 section 7 (escapes),
RFC 3629 section 3 (UTF-8), HTML (names of characters), CommonMark 0.31 (escapes with a backslash, emphasis).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

_INLINE = (
    "abbr|acronym|a|bdi|bdo|big|b|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|q|samp|small|span|strike|strong|"
    "sub|sup|s|time|tt|u|var|wbr"
)
"""Tags that part no words. Those of cells, items and paragraphs do: figures in them are no number together."""
_NAMED = (
    "commat|period|nbsp|thinsp|ensp|emsp|hairsp|numsp|puncsp|hyphen|dash|ndash|mdash|shy|zwj|zwnj|lowbar|sol|colon|plus|"
    "equals|quot|apos|num|lpar|rpar|lt|gt|Tab|NewLine|ZeroWidthSpace|NoBreak|minus|amp"
)
_SIGN, _HEX = "%(?:25){0,3}", "[0-9A-Fa-f]"
_MORE = f"{_SIGN}[89ABab]{_HEX}"
_FORMS = (
    (
        rf"(?P<percent>{_SIGN}(?:[2-7]{_HEX}|0[9AaDd]|[CDcd]{_HEX}{_MORE}|[Ee]{_HEX}{_MORE}{_MORE}|"
        rf"[Ff][0-4]{_MORE}{_MORE}{_MORE}))"
    ),
    rf"{_SIGN}u(?P<percent_u>{_HEX}{{4}})",
    rf"(?P<entity>&(?:amp;){{0,3}}(?:#0{{0,6}}[0-9]{{1,7}}|#[xX]0{{0,6}}{_HEX}{{1,6}}|{_NAMED});)",
    rf"\\{{1,4}}(?:u(?P<u>{_HEX}{{4}})|u\{{0{{0,4}}(?P<braced>{_HEX}{{1,6}})\}}|x(?P<x>{_HEX}{{2}})|U(?P<U>00(?:0{_HEX}|10){_HEX}{{4}}))",
    r"\\{1,4}(?P<line>[nrt])|\\{1,4}(?P<escaped>[-_.@*+#()!/|{}\[\]:'\"=~<>&])",
    r"(?P<soft>=\r?\n)|=(?P<printable>3D|40|5F|2E|2D)",
    rf"(?P<markup></?(?i:{_INLINE})(?:\s[^<>]{{0,200}})?/?>|<!--[^<>]{{0,200}}-->)",
    r"(?P<emphasis>(?<!\*)(?:\*{2,3}|(?<![0-9])\*|\*(?![0-9]))(?!\*)|`{1,3}|~~|_{2,8})",
)
_ENCODED = re.compile("|".join(_FORMS))
_SIGNS = ("%", "&", "\\", "=", "<", "*", "`", "~", "__")
"""One of these stands in every form. Looking for each is many times as fast as one expression for all."""
_BEGINNING = re.compile(r"%[0-9A-Fa-fu]|&[#A-Za-z]|\\|=(?:\r?\n|[2345][0DEF])|</?[A-Za-z]|<!--|\*|`|~~|__")
"""Where a form may begin. It costs little beside the forms themselves, which are tried only there."""
_OPEN = re.compile(
    r"\\{0,8}(?:%[0-9A-Fa-fu%]{0,36}|&[#0-9A-Za-z;]{0,32}|(?<=\\)[uxU]?\{?[0-9A-Fa-f]{0,12}|=(?:\r|[2-5])?|"
    r"</?[A-Za-z][^<>]{0,220}|<(?:/|!-{0,2}(?:[^<>]{0,200})-{0,2})?|[*`~_]{1,64})\Z"
)
_OPEN_CHARS = 240
_LINES = {"n": "\n", "r": "\r", "t": "\t"}


class Places:
    """Where each character of a decoded text came from."""

    __slots__ = ("_pieces", "_starts")

    def __init__(self, pieces: list[tuple[int, int, int]]) -> None:
        """Take pieces in order: the start in the decoded text, the start and, for an encoded one, the end before.

        The end is 0 for text that stayed as it was.
        """
        self._pieces = pieces
        self._starts = [piece[0] for piece in pieces]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open range of the encoded text that became `[start, end)`. Requires 0 <= start < end."""
        return self._around(start)[0], self._around(end - 1)[1]

    def _around(self, place: int) -> tuple[int, int]:
        begin, start, end = self._pieces[bisect_right(self._starts, place) - 1]
        return (start, end) if end else (start + place - begin, start + place - begin + 1)


def decoded(text: str) -> tuple[str, Places] | None:
    """Return a folded text with its encoded characters plain, and the way back; None where it encodes nothing."""
    if not any(sign in text for sign in _SIGNS):
        return None
    parts: list[str] = []
    pieces: list[tuple[int, int, int]] = []
    length = behind = 0
    for found in _forms(text):
        plain = text[behind : found.start()]
        pieces += [(length, behind, 0), (length + len(plain), found.start(), found.end())]
        parts += plain, (meaning := _meaning(found))
        length += len(plain) + len(meaning)
        behind = found.end()
    if not parts:
        return None
    pieces.append((length, behind, 0))
    return "".join([*parts, text[behind:]]), Places(pieces)


def _forms(text: str) -> Iterator[re.Match[str]]:
    """Yield the forms of a text, from left to right."""
    place = 0
    while (beginning := _BEGINNING.search(text, place)) is not None:
        found = _ENCODED.match(text, beginning.start())
        if found is not None:
            yield found
        place = found.end() if found is not None else beginning.start() + 1


def open_form(text: str) -> int:
    """Return where the form begins that the end of a text may leave unfinished; the length of the text without one."""
    found = _OPEN.search(text, max(0, len(text) - _OPEN_CHARS))
    return len(text) if found is None else found.start()


def _meaning(found: re.Match[str]) -> str:
    """Return the characters that a form stands for; none for markup."""
    kind, form = str(found.lastgroup), found[str(found.lastgroup)]
    if kind == "percent":
        return bytes.fromhex(re.sub("%(?:25(?=[0-9A-Fa-f]{2}))*", "", form)).decode("utf-8", "replace")
    if kind == "entity":
        from html import unescape

        return unescape(re.sub("^&(?:amp;)+(?=[#A-Za-z])", "&", form))
    if kind in {"u", "braced", "x", "U", "percent_u"}:
        point = int(form, 16)
        return chr(point) if point <= 0x10FFFF else "\ufffd"
    if kind == "line":
        return _LINES[form]
    if kind == "printable":
        return chr(int(form, 16))
    return form if kind == "escaped" else ""
