"""Requests for the hidden instructions of a model."""

from __future__ import annotations

from policykit.detect.model import Detector

_SHOW = r"(?:show|reveal|print|display|output|repeat|tell|give|leak|expose|disclose|dump|share|recite|summari[sz]e)"
_HIDDEN = (
    r"(?:\w{1,12}\s+){0,2}(?:system prompt|system message|system instructions?|initial prompt|initial instructions|"
    r"hidden instructions|hidden prompt|original instructions|secret instructions|developer message|pre-?prompt)"
)


DETECTOR = Detector(
    name="injection.system_prompt_leak",
    title="request for the hidden instructions",
    patterns=(
        (
            rf"(?i)\b{_SHOW}\s+(?:me\s+|us\s+|out\s+)?(?:the\s+|all\s+|of\s+|verbatim\s+|exact\s+|full\s+|entire\s+|"
            rf"complete\s+){{0,4}}(?:your|the|this)\s+{_HIDDEN}\b"
        ),
        (
            r"(?i)\bwhat\s+(?:is|are|was|were)\s+your\s+(?:\w{1,12}\s+){0,2}(?:system prompt|system message|"
            r"initial prompt|initial instructions|hidden instructions|original instructions)\b"
        ),
        (
            r"(?i)\b(?:repeat|print|output|copy)\s+(?:\w{1,12}\s+){0,3}(?:everything|all|words|text|content|lines)\s+"
            r"(?:\w{1,12}\s+){0,2}(?:above|before this)\b"
        ),
        (
            r"(?i)\b(?:zeige?|nenne|verrate|gib|wiederhole)(?:\s+(?:mir|uns|bitte|wörtlich|aus)){0,3}\s+(?:deinen?|"
            r"ihren?|den|die|deine|ihre)\s+(?:system-?prompt|systemanweisung(?:en)?|systemnachricht|"
            r"urspr[uü]nglichen?\s+anweisungen)"
        ),
        (
            r"(?i)\b(?:montre|affiche|r[eé]v[eè]le|donne|r[eé]p[eè]te)(?:-moi|-nous)?\s+(?:ton|ta|tes|votre|vos|le)\s+"
            r"(?:prompt syst[eè]me|instructions? syst[eè]me|instructions initiales|message syst[eè]me)"
        ),
        (
            r"(?i)\b(?:mu[eé]stra(?:me)?|revela|dime|repite)\s+(?:tu|tus|el|su)\s+(?:prompt (?:del?|de) sistema|"
            r"instrucciones (?:del sistema|iniciales)|mensaje del sistema)"
        ),
        r"(?:显示|告诉我|输出|重复|透露|打印)(?:你的|您的)(?:系统提示词?|系统指令|初始指令|初始提示)",
        r"(?:システムプロンプト|システム指示)を(?:すべて|全て)?(?:表示|教えて|出力|見せて)",
    ),
)
