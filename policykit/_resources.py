"""Finds the data that ships beside the code: the grammar and the rule packs.

A wheel carries both inside the package (`_data/`); an editable install and a checkout have them at the repository root.
"""

from __future__ import annotations

import os

from policykit.errors import ResourceMissingError

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_ROOTS = (os.path.join(_PACKAGE, "_data"), os.path.dirname(_PACKAGE))


def resource_path(*parts: str) -> str:
    """Return the path of a shipped file or folder, for example `resource_path("grammar", "policykit.lark")`.

    Raises:
        ResourceMissingError: the installation is incomplete.
    """
    for root in _ROOTS:
        candidate = os.path.join(root, *parts)
        if os.path.exists(candidate):
            return candidate
    raise ResourceMissingError(f"the installation lacks `{'/'.join(parts)}`")
