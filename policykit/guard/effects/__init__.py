"""What a rule's `then` does to a call: one file for each effect, found by its name.

A file `<kind>.py` defines `apply(act, obligations) -> Flow[None]` for the obligations of its kind.
"""
