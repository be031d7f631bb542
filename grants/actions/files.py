"""Files live outside the database, so a transaction that fails doesn't take them back: this does.

A process that is killed in between leaves a file that no row names; `manage.py documents` finds those.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db.models.fields.files import FieldFile

_written: ContextVar[list[FieldFile] | None] = ContextVar("_written", default=None)


@contextmanager
def removed_on_failure() -> Iterator[None]:
    """Remove the files noted inside if the block fails; within another such block, if that one does."""
    outer = _written.get()
    written: list[FieldFile] = []
    token = _written.set(written)
    try:
        yield
    except BaseException:
        for file in written:
            file.storage.delete(str(file.name))
        raise
    finally:
        _written.reset(token)
    if outer is not None:
        outer += written


def note_written(file: FieldFile) -> None:
    """Say that a file was written for the row that is about to be."""
    written = _written.get()
    if written is not None:
        written.append(file)
