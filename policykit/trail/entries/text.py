"""Members of records as JSON text."""

from __future__ import annotations

from collections.abc import Mapping
from json import JSONEncoder
from json.encoder import encode_basestring

from policykit.encoding.jcs import CanonicalJsonError, canonical_json
from policykit.trail.format.record import Record, RecordType
from policykit.trail.problems import trail_problem

quote = encode_basestring
json_text = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def members_text(members: Mapping[str, object]) -> str:
    """Return members as JSON text without the braces.

    Raises:
        CodedTrailError: when a value has no JSON form.
    """
    try:
        return canonical_json(members).decode()[1:-1]
    except CanonicalJsonError as error:
        raise trail_problem("PK726", f"a record that cannot be written: {error}") from None


def built(kind: RecordType, **members: object) -> Record:
    """Return a record; members without a value are left out."""
    return Record(kind, members_text({name: value for name, value in members.items() if value not in (None, "")}))
