"""Keys of further model providers and of what stands around models.

OpenRouter, Groq, xAI, Replicate, Perplexity, LangSmith, Pinecone, NVIDIA, Tavily, Fireworks, Together, Cohere,
Langfuse, Cerebras. Source: the forms that public scanners of secrets hold (gitleaks 8.30, Kingfisher). Cohere's have no
mark, so a name must stand before them.
"""

from __future__ import annotations

from policykit.detect.model import Detector
from policykit.detect.secret._keys import is_key, stands_alone

DETECTOR = Detector(
    name="secret.model_provider",
    title="key of a model provider",
    patterns=(
        r"sk-or-v1-[0-9a-f]{64}",
        r"gsk_[0-9A-Za-z]{52}",
        r"xai-[0-9A-Za-z]{80}",
        r"r8_[0-9A-Za-z]{37}",
        r"pplx-[0-9A-Za-z]{48}",
        r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}",
        r"pcsk_[0-9A-Za-z]{4,8}_[0-9A-Za-z]{50,70}",
        r"nvapi-[0-9A-Za-z_-]{64}",
        r"tvly-(?:dev-|prod-)?[0-9A-Za-z-]{28,64}",
        r"fw_[0-9A-Za-z]{22,24}",
        r"tgp_v1_[0-9A-Za-z_-]{43}",
        r"csk-[0-9a-z]{48}",
        r"[sp]k-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        r"(?i)(?:cohere|co_api_key).{0,20}[=:\s\"']{1,5}([0-9a-z]{40})(?:$|[^0-9a-z])",
    ),
    validate=is_key,
    beside=stands_alone,
)
