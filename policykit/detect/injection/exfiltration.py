"""Orders to send what a model has read to an address, and images whose address is built to carry it."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="injection.exfiltration",
    title="order to send data to an address",
    patterns=(
        r"!\[[^\]\n]{0,100}\]\(https?://[^\s)]{1,200}[?&][^\s)=]{1,40}=(?:\{|\[|<|%7B|\$\{)[^)\n]{0,100}\)",
        (
            r"(?i)\b(?:send|post|upload|forward|transmit|exfiltrate|email|leak)\s+(?:\w{1,12}\s+){0,4}(?:conversation|"
            r"chat history|chat log|system prompt|credentials?|passwords?|api keys?|secrets?|tokens?|"
            r"environment variables|user data|private data|confidential data)\s+(?:\w{1,12}\s+){0,4}(?:to|at|via)\s+"
            r"(?:\w{1,12}\s+){0,3}(?:https?://|[a-z0-9._%+-]{1,64}@|this (?:url|address|endpoint|server|webhook))"
        ),
        (
            r"(?i)\b(?:append|encode|embed|insert|include|add)\s+(?:\w{1,12}\s+){0,5}(?:conversation|chat history|"
            r"system prompt|secrets?|credentials?|user.?s? data|answer|response)\s+(?:\w{1,12}\s+){0,4}(?:in|into|to|"
            r"as)\s+(?:\w{1,12}\s+){0,4}(?:url|link|image|query (?:string|parameter)|markdown)\b"
        ),
    ),
)
