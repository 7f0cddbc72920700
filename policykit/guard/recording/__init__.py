"""What a guard puts on record, and how it gets there: a bounded queue and one writing thread."""
