"""E-mail addresses as people write them.

Source: lengths from RFC 5321 section 4.5.3.1, letters beyond ASCII from RFC 6531. Scripts that are written without
spaces are left out, because nothing there says where an address begins.
"""

from __future__ import annotations

from policykit.detect.model import Detector

_GREEK_CYRILLIC = "Ͱ-ԯ"
_LETTER = f"a-zÀ-ÖØ-öø-ɏḀ-ỿ{_GREEK_CYRILLIC}"  # noqa: RUF001 - the ends of ranges
_ALNUM = f"[0-9{_LETTER}]"
_LOCAL = rf"{_ALNUM}[0-9{_LETTER}._%+'-]{{0,63}}"
_QUOTED = r'"(?:[^"\\\n]|\\[^\n]){1,62}"'
_LABEL = rf"{_ALNUM}(?:[0-9{_LETTER}-]{{0,62}}{_ALNUM})?"
_LAST = rf"(?:xn--[0-9a-z-]{{2,59}}|[a-z]{{2,24}}|[{_GREEK_CYRILLIC}]{{2,24}})"
# A sign of a local part may stand before an address: `'anna@example.com'`, `_anna@example.com_`
_BEFORE = rf"(?:^|[^0-9{_LETTER}._%+'-])[._%+'-]{{0,8}}"
_END = r"(?:$|[^0-9A-Za-z])"
# After these a digit may follow: `anna@example.com2024`; after others it is a version, as in `left-pad@1.3.0-beta.rc2`
_KNOWN = "com|org|net|edu|gov|info|eu|de|at|ch|fr|it|es|nl|be|pl|pt|se|no|dk|fi|ie|uk|us|ca|au|br|in|jp|cn|io|ai"
_AT, _DOT = r"\s?[\[({]\s?(?:at|@)\s?[\])}]\s?", r"(?:\.|\s?[\[({]\s?(?:dot|\.)\s?[\])}]\s?)"

DETECTOR = Detector(
    name="pii.email",
    title="e-mail address",
    patterns=(
        rf"(?i){_BEFORE}({_LOCAL}@(?:{_LABEL}\.){{1,8}}{_LAST}){_END}",
        rf"(?i){_BEFORE}({_LOCAL}@(?:{_LABEL}\.){{1,8}}(?:{_KNOWN}))[0-9]",
        rf"(?i)({_QUOTED}@(?:{_LABEL}\.){{1,8}}{_LAST}){_END}",
        rf"(?i){_BEFORE}({_LOCAL}{_AT}(?:{_LABEL}{_DOT}){{1,4}}{_LAST}){_END}",
    ),
)
