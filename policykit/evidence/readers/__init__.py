"""One module a reader, found by package scan; modules whose name begins with `_` help a reader."""
