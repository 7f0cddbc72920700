"""What `approvals` and `stops` share: people who answer, and what they see."""
