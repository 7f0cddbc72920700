"""Where a guard keeps what outlives a call: windows, approvals, stops."""
