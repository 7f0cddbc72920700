"""The guard: the rules of a policy enforced around AI calls (docs/adr/0030)."""
