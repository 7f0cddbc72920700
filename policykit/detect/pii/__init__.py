"""Personal data: one detector a file."""
