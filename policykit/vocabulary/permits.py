"""Options of evidence readers that a policy may permit its project file: those that can make a value better.

They are words of the language, so that a misspelt one is an error. A test holds them equal to what the readers take.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

PERMITTABLE: Mapping[str, str] = MappingProxyType(
    {
        "fields": "take a field from a score that the tool itself names",
        "free_models": "count calls of these models as free",
        "least": "accept fewer outputs for each probe",
        "prompt": "judge the results of one of several prompts",
        "provider": "judge the results of one of several providers",
    }
)
"""Name, and what the project file does with it, after "may"."""
