"""The tables of a store on disk. A change of any table is a new version; another version is refused, never guessed at.

Amounts are texts (`12.5`, `1/3`), because SQLite's own numbers would round them.
"""

from __future__ import annotations

APPLICATION_ID = 0x504B5354
"""`PKST`, in the header of the file: tells our stores from other databases. Source: SQLite, PRAGMA application_id."""
VERSION = 2

_SUMS = """calls INTEGER NOT NULL, counted INTEGER NOT NULL, valued INTEGER NOT NULL, total TEXT NOT NULL,
        low TEXT, high TEXT, currencies TEXT NOT NULL"""

STATEMENTS = (
    # sums over the live slots of a group stand in the group itself, so that a call need not read its slots
    f"""CREATE TABLE window_groups (
        id INTEGER PRIMARY KEY, window TEXT NOT NULL, grp TEXT NOT NULL, session TEXT NOT NULL,
        newest_slot INTEGER NOT NULL, newest_first INTEGER NOT NULL, used_ns INTEGER NOT NULL, {_SUMS},
        UNIQUE (window, grp, session))""",
    "CREATE INDEX window_groups_by_session ON window_groups (session) WHERE session <> ''",
    f"""CREATE TABLE window_slots (
        group_id INTEGER NOT NULL REFERENCES window_groups ON DELETE CASCADE, slot INTEGER NOT NULL, {_SUMS},
        PRIMARY KEY (group_id, slot)) WITHOUT ROWID""",
    """CREATE TABLE window_values (
        group_id INTEGER NOT NULL REFERENCES window_groups ON DELETE CASCADE, slot INTEGER NOT NULL,
        value TEXT NOT NULL, n INTEGER NOT NULL,
        PRIMARY KEY (group_id, slot, value)) WITHOUT ROWID""",
    """CREATE TABLE window_claims (
        group_id INTEGER NOT NULL REFERENCES window_groups ON DELETE CASCADE, claim TEXT NOT NULL,
        deadline_ns INTEGER NOT NULL, slot INTEGER NOT NULL, entry TEXT NOT NULL,
        PRIMARY KEY (group_id, claim)) WITHOUT ROWID""",
    "CREATE INDEX window_claims_by_claim ON window_claims (claim)",
    "CREATE INDEX window_claims_by_deadline ON window_claims (deadline_ns)",
    """CREATE TABLE window_settled (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, claim TEXT NOT NULL UNIQUE, facts TEXT NOT NULL,
        entries TEXT NOT NULL)""",
    """CREATE TABLE approvals (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, digest TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'granted', 'denied', 'used')),
        expires_ns INTEGER NOT NULL, request TEXT NOT NULL, answer TEXT, answered_ns INTEGER)""",
    "CREATE INDEX approvals_by_digest ON approvals (digest)",
    """CREATE TABLE stops (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, clause TEXT NOT NULL, tool TEXT NOT NULL, stop TEXT NOT NULL,
        UNIQUE (clause, tool))""",
    """CREATE TABLE stop_events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL, event TEXT NOT NULL, clause TEXT NOT NULL,
        tool TEXT NOT NULL, person TEXT NOT NULL, role TEXT NOT NULL, reason TEXT NOT NULL,
        recorded INTEGER NOT NULL)""",
    "CREATE INDEX stop_events_to_record ON stop_events (seq) WHERE recorded = 0",
)
