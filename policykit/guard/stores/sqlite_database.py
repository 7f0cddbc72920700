"""One SQLite file that the processes of a host share.

- Every change is one `BEGIN IMMEDIATE` transaction: the write lock is taken before anything is read, so that what was
  read still holds when it is acted on, in whatever process.
- Waiting is bounded: for the lock of this process's connection, and for other processes.
- Fails closed: any error of SQLite, a file of another kind or version, a row that is not understood, and a file that
  was replaced while in use (half of the processes would count in the old one) are `StoreError`.

The file must lie on a local disk: WAL does not work across hosts. Source: https://sqlite.org/wal.html
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import quote

from policykit.guard.stores.problems import store_problem
from policykit.guard.stores.protocol import StoreError
from policykit.guard.stores.sqlite_schema import APPLICATION_ID, STATEMENTS, VERSION
from policykit.source import display_path
from policykit.vocabulary.exact import ValueProblem

TIMEOUT_S = 5.0
"""How long a call waits for other processes before the store cannot answer."""
_RETRY_S = 0.005
_WAL_LIMIT_BYTES = 16 << 20
_DENIED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
_ADVICE = "be the user of the guard: even a reader needs SQLite's index, `-shm`, beside the file"
_NOT_UNDERSTOOD = (ValueProblem, ValueError, ArithmeticError, TypeError, LookupError)
"""What reading a row, or binding a value, raises when it is none that a store wrote."""


class Database:
    """A connection to a store's file. Safe for threads, which take turns; a forked child opens its own."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        create: bool = True,
        timeout_s: float = TIMEOUT_S,
        durable: bool = True,
        read_only: bool = False,
    ) -> None:
        """Open a store.

        Args:
            path: the file, on a local disk.
            create: whether a file that is not there is made, readable by this user alone; and tables in an empty one.
            timeout_s: how long to wait for other threads and processes.
            durable: whether a change is on disk before it is reported; without it, a loss of power can undo the last
                changes, an end of the process cannot.
            read_only: the file is never changed, nor made; SQLite still keeps its index of the log beside it.

        Raises:
            StoreError: there is no such store, or it cannot be used.
        """
        self.path = os.path.abspath(os.fspath(path))
        self.place = display_path(path)
        self._timeout_s = timeout_s
        self._durable = durable
        self._create = create and not read_only
        self._read_only = read_only
        self._mutex = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._identity = (0, 0)
        with self._translated():
            self._prepare_file(create=self._create)
            self._open()
        _OPEN.add(self)

    def __del__(self) -> None:
        """Close a connection that nobody closed."""
        connection = getattr(self, "_connection", None)
        if connection is not None:
            connection.close()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Change the store in one atomic step; anything raised inside undoes it."""
        with self._held() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Read the store as it stands at one moment."""
        with self._held() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        with self._mutex:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def _held(self) -> Iterator[sqlite3.Connection]:
        if not self._mutex.acquire(timeout=self._timeout_s):
            raise store_problem("PK382", f"the store was busy for {self._timeout_s:g} s", place=self.place)
        try:
            with self._translated():
                connection = self._connection or self._open()
                self._check_identity()
                yield connection
        finally:
            self._mutex.release()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except StoreError:
            raise
        except sqlite3.Error as error:
            message = f"the store cannot answer: {str(error).lower()}"
            is_denied = getattr(error, "sqlite_errorcode", 0) & 0xFF in _DENIED
            raise store_problem("PK382", message, place=self.place, help=_ADVICE if is_denied else "") from error
        except OSError as error:
            reason = (error.strerror or "error").lower()
            raise store_problem("PK380", f"the store cannot be opened: {reason}", place=self.place) from None
        except _NOT_UNDERSTOOD as error:
            message = "the store cannot answer: a value is not understood"
            raise store_problem("PK382", message, place=self.place) from error

    def _prepare_file(self, *, create: bool) -> None:
        """Make the file if it is not there; an existing one is not opened, as closing it would drop SQLite's locks."""
        if create:
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600))
        try:
            mode = os.stat(self.path).st_mode
        except FileNotFoundError:
            raise store_problem(
                "PK380", "there is no such store", place=self.place,
                help="the guard makes its store when it starts: `Stores.sqlite(path)`",
            ) from None  # fmt: skip
        if not stat.S_ISREG(mode):
            raise store_problem("PK380", "this is not a store", place=self.place, expected="a regular file")

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            f"file:{quote(self.path)}?mode={'ro' if self._read_only else 'rw'}", uri=True, timeout=self._timeout_s,
            isolation_level=None, check_same_thread=False,
        )  # fmt: skip
        try:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA foreign_keys = ON")
            self._check_kind(connection)
            if not self._read_only:
                self._use_wal(connection)
                connection.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'NORMAL'}")
                connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}")
                self._make_tables(connection)
            found = os.stat(self.path)
        except BaseException:
            connection.close()
            raise
        self._identity = (found.st_dev, found.st_ino)
        self._connection = connection
        return connection

    def _check_kind(self, connection: sqlite3.Connection) -> bool:
        """Return whether the tables are there.

        Raises:
            StoreError: the file is another program's, or of another version.
        """
        try:
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            (kind,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
                got = "a file of another kind"
                raise store_problem("PK381", "this is not a store", place=self.place, got=got) from None
            raise
        if not tables and not kind and not version:
            if not self._create:
                raise store_problem("PK381", "this is not a store", place=self.place, got="an empty file")
            return False
        if kind != APPLICATION_ID:
            raise store_problem("PK381", "this is not a store", place=self.place, got="another database")
        if version != VERSION:
            expected, got = f"version {VERSION}", f"version {version}"
            message = "the store is of another version"
            raise store_problem("PK381", message, place=self.place, expected=expected, got=got)
        return True

    def _use_wal(self, connection: sqlite3.Connection) -> None:
        """Switch to WAL. SQLite does not wait here when several processes open a new file at once, so this does."""
        deadline = time.monotonic() + self._timeout_s
        mode = ""
        while not mode:
            try:
                (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                    raise
                if time.monotonic() >= deadline:
                    raise
                time.sleep(_RETRY_S)
        if mode != "wal":
            raise store_problem("PK380", "the store cannot be shared here", place=self.place, expected="a local disk")

    def _make_tables(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not self._check_kind(connection):
                for statement in STATEMENTS:
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    def _check_identity(self) -> None:
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            found = None
        if found is None or (found.st_dev, found.st_ino) != self._identity:
            raise store_problem("PK382", "the store was deleted or replaced while in use", place=self.place)

    def _leave_to_parent(self) -> None:
        """Forget the connection of the parent process without closing it. Source: https://sqlite.org/howtocorrupt.html."""
        if self._connection is not None:
            _INHERITED.append(self._connection)
        self._connection = None
        self._mutex = threading.Lock()


_OPEN: weakref.WeakSet[Database] = weakref.WeakSet()
_INHERITED: list[sqlite3.Connection] = []


def _after_fork() -> None:
    for database in list(_OPEN):
        database._leave_to_parent()  # noqa: SLF001 - of this module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
