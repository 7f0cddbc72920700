"""Benchmarks: `python -m benchmarks [--json] [NAME ...]`."""
