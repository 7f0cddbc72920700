"""Database and queue addresses that hold a password."""

from __future__ import annotations

from policykit.detect._placeholder import is_placeholder
from policykit.detect.model import Detector

_SCHEMES = (
    "postgres|postgresql|mysql|mariadb|mongodb|mongodb[+]srv|redis|rediss|amqp|amqps|mssql|sqlserver|oracle|"
    "clickhouse|cockroachdb|snowflake|kafka|nats|ldap|ldaps|ftp|sftp|smtp|smtps"
)
_USER, _PASSWORD, _HOST = r"[^\s:/@\"'<>]{0,64}", r"[^\s@/\"']{1,128}", r"[0-9A-Za-z.\[\]-]{1,128}"
_PATTERN = rf"(?i)(?:{_SCHEMES})(?:\+[a-z0-9]{{1,16}})?://{_USER}:{_PASSWORD}@{_HOST}"


def holds_password(text: str) -> bool:
    """Say whether the password is a value, not a variable of a template."""
    return not is_placeholder(text.rpartition("@")[0].rpartition(":")[2])


DETECTOR = Detector(
    name="secret.database_url",
    title="database address with a password",
    patterns=(_PATTERN,),
    validate=holds_password,
)
