"""Orders to the assistant that stand in a document, an e-mail or the output of a tool."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="injection.agent_hijack",
    title="order to the assistant inside a document",
    patterns=(
        (
            r"(?i)\b(?:attention|important|note|notice|urgent|warning|instructions?|message)[\s:!,-]{1,4}(?:to|"
            r"for)?\s*(?:all\s+|any\s+|the\s+)?(?:ai|llm|language model|artificial intelligence)(?:\s+(?:assistants?|"
            r"agents?|models?|systems?|reading this|processing this)){0,6}\s*[:,!-]"
        ),
        (
            r"(?i)\bif you are (?:an?\s+)?(?:ai|llm|language model|large language model|artificial intelligence|"
            r"ai assistant|ai agent)(?:\s+(?:\w{1,12}\s+){0,4}(?:reading|processing|summari[sz]ing|reviewing|"
            r"analy[sz]ing)[^.\n]{0,40})?,?\s+(?:you must|please|then|immediately|ignore|do|call|send|click|recommend|"
            r"rank|include|output|reply|respond|approve)\b"
        ),
        (
            r"(?i)\bnew\s+(?:system\s+)?instructions?\s*(?::|from\s+(?:the\s+)?(?:developer|system|administrator|admin|"
            r"openai|anthropic|google))"
        ),
        (
            r"(?i)\b(?:your|the)\s+(?:new|real|true|actual)\s+(?:task|goal|objective|instructions?|purpose|mission)\s+"
            r"(?:is|are)\s+(?:now\s+)?(?:to\b|:|as follows)"
        ),
    ),
)
