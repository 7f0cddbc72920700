"""A scan for weaknesses: code, secrets, dependencies, containers, as SARIF states it. Suppressed results stand apart.

Source: SARIF 2.1.0 (OASIS); the levels are those of section 3.27.10.
"""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Text, Whole
from policykit.vocabulary.model import OpenElement


class Finding(OpenElement):
    """One result of the scan."""

    singular = "finding"
    rule: Annotated[Text, k.text("rule of the finding", standard="result.ruleId")] = None
    level: Annotated[
        Text, k.one_of("level of the finding", "error", "warning", "note", "none", standard="result.level")
    ] = None
    severity: Annotated[
        Number, k.number("security severity of the finding from 0 to 10", low=0, high=10, standard="security-severity")
    ] = None
    category: Annotated[Text, k.text("category of the finding, such as secret")] = None
    file: Annotated[Text, k.text("file of the finding")] = None
    suppressed: Annotated[Flag, k.flag("finding was suppressed", standard="result.suppressions")] = None
    new: Annotated[Flag, k.flag("finding was not in the baseline", standard="result.baselineState")] = None


class Scan(Run):
    """A scan for weaknesses."""

    kind = "scan"
    words = "the security scan"

    scanned: Annotated[Flag, k.flag("scan reported its results, be there none")] = None
    succeeded: Annotated[Flag, k.flag("scanner ended without an error", standard="invocation.executionSuccessful")] = (
        None
    )
    findings: Annotated[Whole, k.count("number of findings that are not suppressed")] = None
    error_findings: Annotated[Whole, k.count("number of findings of level error")] = None
    warning_findings: Annotated[Whole, k.count("number of findings of level warning")] = None
    note_findings: Annotated[Whole, k.count("number of findings of level note")] = None
    critical_findings: Annotated[Whole, k.count("number of findings with a severity of 9 or more")] = None
    high_findings: Annotated[Whole, k.count("number of findings with a severity from 7 to below 9")] = None
    suppressed: Annotated[Whole, k.count("number of findings that were suppressed")] = None
    new_findings: Annotated[Whole, k.count("number of findings that the baseline did not have")] = None
    secrets: Annotated[Whole, k.count("number of credentials in the code")] = None
    rules: Annotated[Whole, k.count("number of rules that were checked")] = None
    files: Annotated[Whole, k.count("number of files that were scanned")] = None
    score: Annotated[Number, k.number("overall score from 0 to 10", low=0, high=10)] = None

    finding_results: tuple[Finding, ...] = ()
