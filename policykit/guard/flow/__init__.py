"""The steps of a guarded call, who performs them, and the context in which it runs."""
