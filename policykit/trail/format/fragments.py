"""Fragments that a crash left, as recovery records name them."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from policykit.trail.format.layout import MAX_SEGMENT_BYTES
from policykit.trail.format.regular import NOT_REGULAR, open_regular, reason_of
from policykit.trail.problems import trail_problem

_TORN_NAME = re.compile(r"torn/[0-9]{6,15}-[0-9]{1,15}-[0-9a-f]{16}\Z", re.ASCII)


def check_fragment(root: Path, seq: int, torn: dict[str, object]) -> bool:
    """Check the fragment that a recovery record names; say whether it is still there.

    Raises:
        CodedTrailError: PK727 when the record names none, or it was changed; PK700 when it cannot be read.
    """
    name, size = str(torn.get("file")), torn.get("bytes")
    if not _TORN_NAME.match(name) or type(size) is not int or size > MAX_SEGMENT_BYTES:
        raise trail_problem("PK727", f"record {seq} names no fragment")
    try:
        with open_regular(root / name) as file:
            is_as_long = os.fstat(file.fileno()).st_size == size  # hashing what is longer could take hours
            digest = hashlib.file_digest(file, "sha256").hexdigest() if is_as_long else ""
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        code = "PK727" if error.errno in NOT_REGULAR else "PK700"
        raise trail_problem(code, f"cannot read a fragment: {reason_of(error)}", place=name) from None
    if not is_as_long or digest != torn.get("sha256"):
        raise trail_problem("PK727", "a fragment was changed", place=name)
    return True
