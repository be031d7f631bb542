"""The virus scanner, where one is configured (CLAMAV_SOCKET or CLAMAV_HOST): a file is kept once it was found clean.

It is asked before the fund is locked, so that nobody waits for it but whoever sends the file. What it finds something
in is quarantined. When it doesn't answer, nothing is kept unseen.
"""

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Final

import clamd
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _

from grants.exceptions import BadInput, Breach, RuleRefused
from grants.file_checks import clean_name
from grants.models import Event, Fund, QuarantinedFile

if TYPE_CHECKING:
    from fundadmin.models import User

TIMEOUT_SECONDS: Final = 30
FOUND_LIMIT: Final = 200  # characters


@dataclass(frozen=True, slots=True)
class Found:
    """What the scanner said of a file, and whose file it is."""

    fund: Fund
    by: "User"
    name: str
    content: bytes
    what: str


class Infected(BadInput):
    """Raised for a file in which something was found; `action` keeps it in quarantine once all else is undone."""

    def __init__(self, found: Found) -> None:
        super().__init__([Breach("document_infected", INFECTED, {"name": found.name, "found": found.what}, "content")])
        self.found = found


def scan(name: str, content: bytes, *, fund: Fund, by: "User", action: str, key: str) -> None:
    """Let the scanner see a file. Raises Infected, or RuleRefused where it doesn't answer.

    A replay stores nothing, so it isn't scanned again.
    """
    scanner = _scanner()
    if scanner is None or Event.objects.filter(fund=fund, user=by, action=action, key=key).exists():
        return
    shown = clean_name(name)
    try:
        verdict, what = scanner.instream(BytesIO(content))["stream"]
    # Closing early, a daemon that found enough or was given too much resets the connection.
    except (clamd.ClamdError, OSError, KeyError, TypeError, ValueError) as error:
        raise RuleRefused([Breach("scanner_silent", SILENT, {"name": shown}, "content")]) from error
    if verdict == "FOUND":
        raise Infected(Found(fund, by, shown, content, what[:FOUND_LIMIT]))
    if verdict != "OK":
        raise RuleRefused([Breach("scanner_silent", SILENT, {"name": shown}, "content")])


def keep_apart(found: Found) -> QuarantinedFile:
    """Keep an infected file in quarantine, with who sent it."""
    digest = sha256(found.content).hexdigest()
    kept = QuarantinedFile(
        fund=found.fund, user=found.by, name=found.name, size=len(found.content), sha256=digest, found=found.what
    )
    kept.file.save(f"{digest}.quarantined", ContentFile(found.content), save=False)
    kept.save()
    return kept


def _scanner() -> "clamd.ClamdNetworkSocket | None":
    if settings.CLAMAV_SOCKET:
        return clamd.ClamdUnixSocket(settings.CLAMAV_SOCKET, timeout=TIMEOUT_SECONDS)
    if settings.CLAMAV_HOST:
        return clamd.ClamdNetworkSocket(settings.CLAMAV_HOST, settings.CLAMAV_PORT, timeout=TIMEOUT_SECONDS)
    return None


INFECTED = _(
    "The virus scanner found “%(found)s” in “%(name)s”: it was not attached, and an administrator looks into it. Check"
    " the computer it came from."
)
SILENT = _("The virus scanner does not answer, so “%(name)s” can't be kept: try again in a few minutes.")
