"""How what the vocabulary says of a field that is yes or no is denied, where the rules of sentences do not reach."""

from __future__ import annotations

DENIALS = {
    "the alert was evaluated without an error": "the alert was not evaluated, or not without an error",
    "the case passed every check in every repetition": "the case did not pass every check in every repetition",
    "the chain, signatures and order of the trail were verified":
        "the chain, signatures and order of the trail were not verified",
    "the check passed": "the check did not pass",
    "the costs were measured in the pilot and not only assumed":
        "the costs were only assumed and not measured in the pilot",
    "the data set was fixed before the run": "the data set was not fixed before the run",
    "the feedback from users is recorded as data": "the feedback from users is not recorded as data",
    "the finding is not yet resolved": "the finding is resolved",
    "the finding was not in the baseline": "the finding was in the baseline",
    "the part is the real one and not a mock or a manual load":
        "the part is a mock or a manual load and not the real one",
    "the people who built the system take turns": "the people who built the system do not take turns",
    "the people who run the system have taken the runbooks over":
        "the people who run the system have not taken the runbooks over",
    "the principal has proved who they are": "the principal has not proved who they are",
    "the principal may read every document": "there is a document that the principal may not read",
    "the real models and systems were called, not mocks": "mocks were called, not the real models and systems",
    "the record has no gap of a day or more": "the record has a gap of a day or more",
    "the requests over the rate limit were turned away": "the requests over the rate limit were not turned away",
    "the response to a failure of the model is defined": "the response to a failure of the model is not defined",
    "the response to an incident at any hour is defined": "the response to an incident at any hour is not defined",
    "the review left a record": "the review left no record",
    "the run came to its end over everything it was meant to cover":
        "the run did not come to its end over everything it was meant to cover",
    "the run tried jailbreaks": "the run did not try jailbreaks",
    "the run tried prompt injection": "the run did not try prompt injection",
    "the run tried to extract data": "the run did not try to extract data",
    "the scan reported its results, be there none": "the scan did not report its results",
    "the scanner ended without an error": "the scanner ended with an error",
    "the scoring needs no person": "the scoring needs a person",
    "the system leaves a trace of every call": "the system does not leave a trace of every call",
    "the system recovered by itself after the peak": "the system did not recover by itself after the peak",
    "the target is the real system and not a mock": "the target is a mock and not the real system",
    "the tool did what it was asked": "the tool did not do what it was asked",
    "the tool's result comes from a trusted source": "the tool's result does not come from a trusted source",
    "the training data is described": "the training data is not described",
    "the treatment of bad and missing rows is defined": "the treatment of bad and missing rows is not defined",
    "the way back to the previous version is defined": "the way back to the previous version is not defined",
}  # fmt: skip
"""By what is said of the field."""
