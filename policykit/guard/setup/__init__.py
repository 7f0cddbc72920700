"""What is worked out once, when a guard is made or a function is bound."""
