"""Amazon Web Services keys.

Source: AWS IAM user guide, unique identifiers (prefixes AKIA, ASIA, ABIA, ACCA); Amazon Bedrock user guide, API keys:
`ABSK` and base64 of long-lived ones, `bedrock-api-key-` and base64 of a signed address of short-lived ones.
"""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.aws",
    title="Amazon Web Services key",
    patterns=(
        r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
        r"(?i)(?:^|[^a-z])aws.{0,20}(?:secret|session).{0,20}[=:\s\"']{1,5}([a-z0-9/+]{40})(?:$|[^a-z0-9/+=])",
        r"ABSK[0-9A-Za-z+/]{109,269}={0,2}",
        r"bedrock-api-key-[0-9A-Za-z+/_-]{40,500}={0,2}",
    ),
    validate=is_key,
    beside=stands_alone,
)
