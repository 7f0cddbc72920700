"""Detectors that other libraries provide; each is imported only when it is asked for."""
