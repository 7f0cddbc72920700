# ruff: noqa: RUF001 - Turkish and Russian letters are meant
"""Orders to disregard the instructions that a model was given, in fourteen languages."""

from __future__ import annotations

from policykit.detect.model import Detector

_VERB = r"(?:ignore|disregard|forget|override|bypass|do not follow|don't follow|stop following|pay no attention to)"
_ALL = r"(?:\s+(?:all|any|every|each|of|the|your|my|our|these|those|this|that|everything|in)){0,4}"
_WHICH = r"(?:previous|prior|above|earlier|preceding|former|initial|original|existing|current|system|foregoing)"
_WHAT = r"(?:instructions?|prompts?|rules?|directions?|directives?|guidelines?|commands?|orders?|constraints?)"


DETECTOR = Detector(
    name="injection.override",
    title="order to disregard the instructions given",
    patterns=(
        rf"(?i)\b{_VERB}{_ALL}\s+{_WHICH}(?:\s+(?:and|or|system|user|developer|safety|{_WHICH})){{0,3}}\s+{_WHAT}\b",
        (
            rf"(?i)\b{_VERB}{_ALL}\s+{_WHAT}\s+(?:\w{{1,12}}\s+){{0,3}}(?:above|before|earlier|previously|so far|"
            rf"until now|prior)\b"
        ),
        (
            r"(?i)\b(?:ignore|disregard|forget)\s+(?:everything|all|anything)\s+(?:that\s+)?(?:\w{1,12}\s+"
            r"){0,3}(?:above|before this|previously|told|prior to this)\b"
        ),
        (
            r"(?i)\b(?:ignoriere?n?|vergiss|vergessen|missachte|missachten)(?:\s+sie)?(?:\s+(?:bitte|alle|aller|die|"
            r"deine|ihre|s[aä]mtliche)){0,3}\s+(?:vorherigen?|bisherigen?|obigen?|vorigen?|fr[uü]heren?|"
            r"vorangegangenen?|urspr[uü]nglichen?)\s+(?:anweisung(?:en)?|instruktion(?:en)?|regeln?|vorgaben?|befehle?)"
        ),
        (
            r"(?i)\b(?:ignore[rz]?|oublie[rz]?|ne tiens pas compte)(?:\s+(?:de|toutes?|tous|les|tes|vos|des|"
            r"ces)){0,3}\s+(?:instructions?|consignes?|r[eè]gles?|directives?)\s+(?:pr[eé]c[eé]dentes?|ant[eé]rieures?|"
            r"ci-dessus|initiales?)"
        ),
        (
            r"(?i)\b(?:ignor[ae]|ignorar|olvida|olvide|descarta)(?:\s+(?:todas?|todos|las|los|tus|sus|de)){0,3}\s+"
            r"(?:instrucciones|indicaciones|reglas|[oó]rdenes)\s+(?:anteriores|previas|de arriba|iniciales)"
        ),
        (
            r"(?i)\b(?:ignora|ignori|dimentica|dimentichi)(?:\s+(?:tutte|tutti|le|i|tue|di)){0,3}\s+(?:istruzioni|"
            r"regole|indicazioni)\s+(?:precedenti|di cui sopra|iniziali)"
        ),
        (
            r"(?i)\b(?:ignor[ae]|ignorar|esque[cç]a|desconsidere)(?:\s+(?:todas?|todos|as|os|suas|de)){0,3}\s+"
            r"(?:instru[cç][oõ]es|regras|orienta[cç][oõ]es)\s+(?:anteriores|pr[eé]vias|acima|iniciais)"
        ),
        (
            r"(?i)\b(?:negeer|vergeet)(?:\s+(?:alle|de|je|jouw|uw)){0,3}\s+(?:vorige|eerdere|voorgaande|bovenstaande|"
            r"oorspronkelijke)\s+(?:instructies|regels|opdrachten|aanwijzingen)"
        ),
        (
            r"(?i)(?:zignoruj|ignoruj|zapomnij)(?:\s+(?:o|wszystkie|wszystkich|swoje|te)){0,3}\s+(?:poprzedni(?:e|ch)|"
            r"wcze[sś]niejsz(?:e|ych)|powy[zż]sz(?:e|ych))\s+(?:instrukcj[ei]|polece(?:nia|[nń])|zasad(?:y|ach)?)"
        ),
        (
            r"(?i)(?:игнорируй|игнорируйте|проигнорируй|забудь|забудьте)(?:\s+(?:все|всё|свои|эти|о)){0,3}\s+"
            r"(?:предыдущие|прежние|прошлые|вышеуказанные)\s+(?:инструкции|указания|правила|команды)"
        ),
        (
            r"(?i)(?:önceki|yukarıdaki)\s+(?:tüm\s+|bütün\s+)?(?:talimatları|komutları|kuralları)\s+(?:yok say|"
            r"görmezden gel|unut)"
        ),
        (
            r"(?:忽略|无视|忘记|無視|忘掉)(?:掉|你)?(?:所有|全部|一切)?(?:之前|以前|先前|以上|上面|前面|上述|此前)(?:的)?(?:所有|全部)?(?:的)?(?:指令|指示|提示|规则|"
            r"要求|命令|内容)"
        ),
        r"(?:これまで|以前|上記|前|今まで)の(?:すべての|全ての)?(?:指示|命令|ルール|プロンプト|指令)(?:を|は)?(?:すべて|全て)?(?:無視|忘れ)",
        r"(?:이전|위|앞)(?:의)?\s?(?:모든\s)?(?:지시|명령|지침|규칙|프롬프트)(?:사항)?(?:을|를|은|는)?\s?(?:모두\s|전부\s)?(?:무시|잊)",
        r"(?:تجاهل|انس)\s+(?:جميع\s+|كل\s+)?(?:التعليمات|الأوامر|القواعد)\s+(?:السابقة|أعلاه)",
    ),
)
