"""The statements that are clauses, and those that change clauses of others."""
