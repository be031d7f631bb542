"""Sends what is due in a process of its own, and is killed on the way.

The fork server imports this module once, so that each new sender is there at once.
"""

import os
import signal
from typing import NoReturn

import django

django.setup()

from django.conf import settings  # noqa: E402 - models come after the set-up
from django.db import connection  # noqa: E402

from grants.actions import mailing  # noqa: E402


def send(database: str, port: int, moment: str) -> None:
    """Send by the server at `port`; die when the function named `moment` is about to run."""
    connection.settings_dict["NAME"] = database
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    if moment:
        setattr(mailing, moment, die)
    mailing.send_due()


def die(*_arguments: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit
