"""Writing a trail: appending, signing, and what a crash leaves. Nothing that verifies imports it."""
