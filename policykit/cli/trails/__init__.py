"""What the commands of a trail share."""
