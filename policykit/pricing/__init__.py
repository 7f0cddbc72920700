"""Prices of models: a list that is pinned by its digest, and what calls cost by it (docs/adr/0032)."""
