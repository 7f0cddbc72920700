"""One guarded call, from its beginning to its end."""
