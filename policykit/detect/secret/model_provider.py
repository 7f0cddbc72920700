"""Keys of further model providers: OpenRouter, Groq, xAI, Replicate, Perplexity, LangSmith, Pinecone."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="secret.model_provider",
    title="key of a model provider",
    patterns=(
        r"\bsk-or-v1-[0-9a-f]{64}\b",
        r"\bgsk_[0-9A-Za-z]{52}\b",
        r"\bxai-[0-9A-Za-z]{80}\b",
        r"\br8_[0-9A-Za-z]{37}\b",
        r"\bpplx-[0-9A-Za-z]{48}\b",
        r"\blsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}\b",
        r"\bpcsk_[0-9A-Za-z]{4,8}_[0-9A-Za-z]{50,70}",
    ),
)
