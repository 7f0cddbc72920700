"""evidence/readers."""
