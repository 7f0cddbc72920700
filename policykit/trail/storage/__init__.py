"""Where a trail's bytes go. `local` is a directory of this host."""
