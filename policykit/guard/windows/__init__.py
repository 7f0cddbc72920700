"""Windows at runtime: what a call adds to a statistic, and what the statistic says."""
