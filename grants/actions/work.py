"""What the jobs that people watch have in common: what is one, when one is late, left by its worker, or given up.

Such a job is a row that tells when it was asked for, when it last told how far it is, and how often it was tried.
"""

import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from enum import IntEnum, unique
from io import BytesIO
from typing import Any, Final, TypeVar

from django.db import DatabaseError, connection
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

Job = TypeVar("Job", bound=Model)

LATE_SECONDS: Final = 20
"""A job that nobody has begun by then is late: perhaps no worker runs."""
SILENT_SECONDS: Final = 120
"""A job that has told nothing for so long was left by its worker."""
MOST_ATTEMPTS: Final = 5
ZIP_START: Final = b"PK\x03\x04"
LARGE_TEXT: Final = 400_000
"""Bytes of a CSV file: some two thousand lines, which take longer than a page may."""
LARGE_WORKBOOK: Final = 6 * LARGE_TEXT
"""Bytes of a workbook once unpacked: its cells are wordier."""


@unique
class Lock(IntEnum):
    """The first keys of the advisory locks that hold a job while it is carried out; the second is its row's."""

    RENT_ROLL = 1941
    EXPORT = 1942
    LETTERS = 1943
    BULK_RUN = 1944
    LANDLORD_FILE = 1945


@contextmanager
def held(lock: Lock, pk: int) -> Iterator[bool]:
    """Hold a job, on a connection of its own: whoever has it loses it with that, however they end. False: it is held.

    It is a transaction's lock: a pooler may give a connection to others, never within a transaction.
    """
    with closing(connection.copy()) as holding:
        holding.set_autocommit(autocommit=False)
        with holding.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [lock, pk])
            ((is_ours,),) = cursor.fetchall()
        try:
            yield bool(is_ours)
        finally:
            # When this is answered the lock is free. A connection that is only closed may keep it a moment longer, and
            # whoever comes next would leave the job undone.
            with suppress(DatabaseError):
                holding.rollback()


def is_large(content: bytes | memoryview) -> bool:
    """Whether a table is read by a worker. `content`: as it was sent, or as the database gives it."""
    if is_workbook(content):
        try:
            with zipfile.ZipFile(BytesIO(content)) as workbook:
                return sum(entry.file_size for entry in workbook.infolist()) > LARGE_WORKBOOK
        except Exception:  # noqa: BLE001, S110 # zipfile raises whatever it met in a damaged archive: reading says so
            pass
    return len(content) > LARGE_TEXT


def is_workbook(content: bytes | memoryview) -> bool:
    """By its beginning, as what reads it decides: a text with an archive behind it is a text."""
    return bytes(content[: len(ZIP_START)]) == ZIP_START


def is_late(told_at: datetime | None, asked_at: datetime) -> bool:
    return told_at is None and timezone.now() - asked_at > timedelta(seconds=LATE_SECONDS)


def silent(rows: QuerySet[Job], asked: str = "made_at") -> QuerySet[Job]:
    """Of unfinished jobs, those whose worker died or that were lost. `asked`: the field that tells since when."""
    long_ago = timezone.now() - timedelta(seconds=SILENT_SECONDS)
    never_told: dict[str, Any] = {"told_at": None, f"{asked}__lt": long_ago}
    return rows.filter(Q(told_at__lt=long_ago) | Q(**never_told)).order_by("pk")


def left_behind(rows: QuerySet[Any], asked: str = "made_at") -> list[int]:
    """The silent ones that were not given up yet: to be carried out again."""
    return list(silent(rows.filter(attempts__lt=MOST_ATTEMPTS), asked).values_list("pk", flat=True))


def lines_in(content: bytes | memoryview) -> int | None:
    """About how many lines a table has; of a workbook nobody knows before it is read."""
    return None if is_workbook(content) else bytes(content).count(b"\n")
