"""Checks of the data that feeds the system: freshness, validity, schema, and what happens to bad rows."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Text, Whole
from policykit.vocabulary.model import OpenElement


class Check(OpenElement):
    """One check of the data."""

    singular = "expectation"
    name: Annotated[Text, k.text("name of the check")] = None
    dataset: Annotated[Text, k.text("data set that was checked")] = None
    passed: Annotated[Flag, k.flag("check passed")] = None
    rows: Annotated[Whole, k.count("number of rows that were checked")] = None
    failed_rows: Annotated[Whole, k.count("number of rows that failed the check")] = None


class DataQuality(Run):
    """Checks of the data."""

    kind = "data_quality"
    words = "the data quality checks"

    checks: Annotated[Whole, k.count("number of checks")] = None
    passed: Annotated[Whole, k.count("number of checks that passed")] = None
    failed: Annotated[Whole, k.count("number of checks that failed")] = None
    errors: Annotated[Whole, k.count("number of checks that could not be run")] = None
    pass_rate: Annotated[Number, k.percent("share of checks that passed")] = None
    rows: Annotated[Whole, k.count("number of rows that were checked")] = None
    valid_rate: Annotated[Number, k.percent("share of rows that are valid")] = None
    complete_rate: Annotated[Number, k.percent("share of required values that are there")] = None
    age: Annotated[Number, k.duration("time since the data was last refreshed")] = None
    sources: Annotated[Whole, k.count("number of source systems")] = None
    live_sources: Annotated[Whole, k.count("number of source systems that are connected")] = None
    schema_checked: Annotated[Flag, k.flag("schema is watched for changes")] = None
    bad_rows_handled: Annotated[Flag, k.flag("treatment of bad and missing rows is defined")] = None

    check_results: tuple[Check, ...] = ()
