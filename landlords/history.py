"""Says why rows changed, for pghistory's table of contexts."""

from __future__ import annotations

import json
import uuid

from django.db import connection


def attach_reason(**metadata: str) -> None:
    """Name what changes rows from here to the end of the transaction, for their history.

    As `pghistory.context` does, but once: that puts a second command before every statement, and PostgreSQL prepares
    single ones only.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)",
            [str(uuid.uuid4()), json.dumps(metadata)],
        )
