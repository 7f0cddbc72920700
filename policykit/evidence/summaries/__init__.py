"""What the readers of one kind of evidence count, one file a kind; all give canonical values."""
