"""Bytes that two parties must build alike: canonical JSON, digests, base64, timestamps, DSSE envelopes.

Modules are imported by name (`from policykit.encoding.jcs import canonical_json`); this one imports nothing.
"""
