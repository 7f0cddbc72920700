"""Witnesses: others who remember a trail's head. The client, the server, and the policy of whom to believe."""
