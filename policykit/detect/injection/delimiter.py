"""Markers of chat templates and headings of system messages, which make a part of a text look like another speaker."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="injection.delimiter",
    title="marker of a chat template",
    patterns=(
        (
            r"<\|(?:im_start|im_end|im_sep|system|user|assistant|endoftext|eot_id|begin_of_text|start_header_id|"
            r"end_header_id|channel|message)\|>"
        ),
        r"(?:\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|\[/?SYSTEM_PROMPT\])",
        (
            r"(?im)^[ \t]*#{2,6}[ \t]*(?:system|new instructions?|updated instructions?)(?:[ \t]+(?:prompt|message|"
            r"override|instructions?))?[ \t]*:?[ \t]*$"
        ),
        r"(?i)(?:\n|^)[ \t]*</?(?:system|system_prompt|instructions_override|admin_override)>",
        r"(?i)\[(?:system|admin|developer)[ _](?:message|override|note|instructions?|prompt)\]",
        (
            r"(?i)-{3,40}[ \t]*(?:end of|begin|start of new|new)[ \t]+(?:system |user |the )?(?:prompt|"
            r"instructions?)[ \t]*-{3,40}"
        ),
    ),
)
