"""The words of the language, which nothing can be named after.

Adding one changes the language version (docs/adr/0001). A test holds this list equal to the grammar's keywords.
"""

from __future__ import annotations

RESERVED = frozenset(
    """
    after all allow and answer any applies approved as ask at baseline because before between by calls check contains
    count day days deny detector does ends every evidence expect fact fallback for from gate given has hour hours in
    include input is known language last least let list matches measure minute minutes missing month most ms no not
    notice of older on one only or others otherwise output over owner pack parameter party pause per percentage
    points policy pseudonymise redact remedy replace report requirement resume role rollout rule scorecard second
    seconds section send shadow share shown sign-off slice some starts stop sum supplied target tell test than the
    then this through tighten time timezone title to today tool unknown until use version waive warn week weeks when
    where with within yes
    """.split()  # noqa: SIM905 - a list of quoted words is harder to compare with the grammar
)
"""All keywords of language version 1."""
