"""A compiled policy as data: code objects, tables of plain values, and parts that are thawed when first needed.

Everything here can be marshalled, so that a cache can keep it. Conditions, effects and the checked policy itself are
kept as bytes ("frozen"): a decision that needs none of them does not pay for them.
"""

from __future__ import annotations

from operator import attrgetter
from types import CodeType, MappingProxyType
from typing import Any, NamedTuple, TypedDict

Key = str | tuple[str, ...]
"""The texts of the key facts; of one fact, the text itself."""
RowData = tuple[int, int, tuple[object, ...]]
"""Number of the rule, number of the residual function (-1 for none), and its arguments."""


class ClauseInfo(NamedTuple):
    """What a report says about a clause."""

    id: str
    title: str
    owners: tuple[str, ...]
    section: str
    kind: str
    """`requirement`, `scorecard`, `rule`, `rollout` or `stop`."""
    because: str


class PhaseData(TypedDict):
    """One phase, or the stops."""

    code: CodeType
    """Defines `decide` and the residual functions."""
    rules: tuple[str, ...]
    """IDs of the clauses, by number."""
    frozen_rules: tuple[bytes, ...]
    """Frozen `RuleParts`, by number."""
    eager: tuple[str, ...]
    """Facts that every decision reads."""
    reads: tuple[str, ...]
    """All facts and windows that conditions or messages read."""
    condition_reads: tuple[str, ...]
    """Names of the facts that conditions read, without windows."""
    atoms: tuple[bytes, ...]
    """Frozen atoms of the exact path, by number."""
    scans: tuple[tuple[tuple[object, ...], ...], ...]
    """What is looked for in each text that is scanned (`policykit.engine.patterns.Sought`, as plain tuples)."""
    groups: tuple[tuple[tuple[str, ...], bytes, dict[Key, tuple[RowData, ...]]], ...]
    """Names of the key facts, their frozen types, and the rows under each key."""
    residuals: int
    """How many residual functions there are."""


class ProgramData(TypedDict):
    """The whole policy."""

    name: str
    version: str
    title: str
    timezone: str
    digest: str
    clauses: tuple[tuple[str, str, tuple[str, ...], str, str, str], ...]
    """ID, title, owners, section, kind, reason."""
    phases: dict[str, PhaseData]
    stops: PhaseData
    windows: bytes
    """Frozen windows of each phase that reads any, and of the stops under `stops`; empty where there are none."""
    outline: tuple[object, ...]
    """The flattened outline (`policykit.engine.outline`)."""
    checked: bytes
    """The frozen checked policy."""


def freeze(value: object) -> bytes:
    """Return a value of the language's own frozen classes as bytes."""
    import io
    import pickle

    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=5)
    pickler.dispatch_table = _REDUCERS
    pickler.dump(value)
    return buffer.getvalue()


def thaw(data: bytes) -> Any:
    """Return what was frozen. Requires bytes of this process, or of a cache whose digest has been checked."""
    import pickle

    return pickle.loads(data)  # noqa: S301 - see above; the code objects beside it are as powerful


class _Reducers(dict[type, Any]):
    """How each class is taken apart: dataclasses with one call, where their own way takes several for each field."""

    def __missing__(self, cls: type) -> Any:
        fields: dict[str, object] | None = getattr(cls, "__dataclass_fields__", None)
        if fields is None:
            raise KeyError(cls)
        names = tuple(fields)
        values = attrgetter(*names)
        single = len(names) == 1
        found = self[cls] = lambda item: (_rebuilt, (cls, (values(item),) if single else values(item)))
        return found


def _rebuilt(cls: type, values: tuple[object, ...]) -> object:
    made: object = object.__new__(cls)
    for name, value in zip(cls.__dataclass_fields__, values, strict=True):  # type: ignore[attr-defined]
        object.__setattr__(made, name, value)
    return made


def _read_only(items: dict[object, object]) -> MappingProxyType[object, object]:
    return MappingProxyType(items)  # the class itself has no name that pickle could find


_REDUCERS = _Reducers({MappingProxyType: lambda proxy: (_read_only, (dict(proxy),))})
