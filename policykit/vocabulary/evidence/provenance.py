"""Where an artifact comes from: in-toto attestations and SLSA provenance.

Source: in-toto Attestation 1.0; SLSA 1.0 build track.
"""

from __future__ import annotations

from typing import Annotated

from policykit.vocabulary import known as k
from policykit.vocabulary.evidence._run import Run
from policykit.vocabulary.known import Flag, Text, Whole
from policykit.vocabulary.model import OpenElement


class Artifact(OpenElement):
    """One thing that the provenance is about."""

    singular = "artifact"
    name: Annotated[Text, k.text("name of the artifact", standard="subject.name")] = None
    sha256: Annotated[Text, k.text("digest of the artifact", standard="subject.digest.sha256")] = None


class Material(OpenElement):
    """One thing that went into the artifact: code, data, model weights."""

    singular = "material"
    name: Annotated[Text, k.text("name of the material")] = None
    kind: Annotated[Text, k.text("kind of the material, such as data set")] = None
    sha256: Annotated[Text, k.text("digest of the material")] = None
    licence: Annotated[Text, k.text("licence of the material")] = None


class Provenance(Run):
    """Where an artifact comes from."""

    kind = "provenance"
    words = "the provenance record"

    predicate_type: Annotated[Text, k.text("type of the attestation", standard="predicateType")] = None
    subject: Annotated[Text, k.text("name of the first artifact", standard="subject.name")] = None
    subject_sha256: Annotated[Text, k.text("digest of the first artifact", standard="subject.digest.sha256")] = None
    artifacts: Annotated[Whole, k.count("number of artifacts")] = None
    materials: Annotated[Whole, k.count("number of materials")] = None
    builder: Annotated[Text, k.text("builder of the artifact", standard="runDetails.builder.id")] = None
    build_type: Annotated[Text, k.text("type of the build", standard="buildDefinition.buildType")] = None
    source: Annotated[Text, k.text("source that the artifact was built from")] = None
    build_level: Annotated[Whole, k.count("SLSA build level")] = None
    signed: Annotated[Flag, k.flag("record carries a signature")] = None
    verified: Annotated[Flag, k.flag("signature was verified against a trusted key")] = None
    signer: Annotated[Text, k.text("identity that signed the record")] = None
    result: Annotated[
        Text, k.one_of("result that the attestation records", "passed", "warned", "failed", standard="predicate.result")
    ] = None

    artifact_results: tuple[Artifact, ...] = ()
    material_results: tuple[Material, ...] = ()
