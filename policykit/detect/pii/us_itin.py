"""United States individual taxpayer identification numbers.

Source: IRS Internal Revenue Manual 3.21.263.
"""

from __future__ import annotations

from policykit.detect._context import apart
from policykit.detect.model import Detector

DETECTOR = Detector(
    name="pii.us_itin",
    title="United States taxpayer identification number",
    patterns=(apart(r"9\d{2}-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-\d{4}"),),
)
