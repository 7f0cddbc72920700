"""Finding personal data, secrets and prompt injections in text: linear-time patterns, then validators, with places."""
