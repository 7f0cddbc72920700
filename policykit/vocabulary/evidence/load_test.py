"""A load test: whether the system holds under the volume it is meant for."""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Number, Whole


class LoadTest(Run):
    """A load test."""

    kind = "load_test"
    words = "the load test"

    requests: Annotated[Whole, k.count("number of requests")] = None
    requests_per_second: Annotated[Number, k.number("sustained rate of requests per second", low=0)] = None
    peak_requests_per_second: Annotated[Number, k.number("highest rate of requests per second", low=0)] = None
    users: Annotated[Whole, k.count("number of simulated users")] = None
    duration: Annotated[Number, k.duration("time that the load lasted")] = None
    error_rate: Annotated[Number, k.percent("share of requests that failed")] = None
    latency_p50: Annotated[Number, k.duration("median time of a request")] = None
    latency_p95: Annotated[Number, k.duration("time in which 95 in 100 requests ended")] = None
    latency_p99: Annotated[Number, k.duration("time in which 99 in 100 requests ended")] = None
    rate_limited: Annotated[Flag, k.flag("requests over the rate limit were turned away")] = None
    recovered: Annotated[Flag, k.flag("system recovered by itself after the peak")] = None
    real_dependencies: Annotated[Flag, k.flag("real models and systems were called, not mocks")] = None
