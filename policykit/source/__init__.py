"""A file's text, places in it, and what is wrong with them."""

from policykit.source.diagnostic import Applicability, Diagnostic, Fix, Label, Severity, errors_of, in_order
from policykit.source.render import formats, render_as
from policykit.source.suggest import did_you_mean, nearest
from policykit.source.text import MAX_FILE_BYTES, NO_SPAN, Position, SourceFile, Span, display_path

__all__ = [
    "MAX_FILE_BYTES",
    "NO_SPAN",
    "Applicability",
    "Diagnostic",
    "Fix",
    "Label",
    "Position",
    "Severity",
    "SourceFile",
    "Span",
    "did_you_mean",
    "display_path",
    "errors_of",
    "formats",
    "in_order",
    "nearest",
    "render_as",
]
