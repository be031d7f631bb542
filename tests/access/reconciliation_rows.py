"""The rows of the reconciliation with the landlord's books."""

from collections.abc import Mapping
from typing import Any, Final

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grants.models import LandlordFile
from tests.access.rows import Row, one, page
from tests.access.scene import Scene
from tests.factories import key

READERS: Final = frozenset(
    {"landlord manager", "approver", "payer", "landlord assessor", "landlord auditor", "auditor"}
)
PAYER: Final = frozenset({"payer"})


def file(client: Client, scene: Scene, name: str, *, post: bool = False) -> Any:
    """A file that the fund's own payer handed in."""
    made = LandlordFile.objects.create(
        fund=scene.world.fund,
        kind=LandlordFile.Kind.CREDIT_NOTES,
        by=scene.world.payer,
        key=key(),
        file_name="x.csv",
        sha256="0" * 64,
        read_at=timezone.now(),
    )
    where = reverse(f"grants:{name}", args=[scene.world.fund.code, made.uuid])
    return client.post(where, {"digest": "1" * 64}) if post else client.get(where)


RECONCILIATION: Final[Mapping[str, Row]] = {
    "grants:reconciliation": one(page("grants:reconciliation", lambda scene: scene.world.fund.code), own=READERS),
    "grants:landlord_file": Row(ask=lambda client, scene: file(client, scene, "landlord_file"), own=READERS),
    "grants:landlord_file_report": Row(
        ask=lambda client, scene: file(client, scene, "landlord_file_report"), own=READERS
    ),
    # Its button is for the one who handed the file in: tests/grants/reconciling/test_removing.py.
    "grants:landlord_file_remove": Row(
        ask=lambda client, scene: file(client, scene, "landlord_file_remove"), own=READERS
    ),
    "grants:landlord_file_confirm": Row(
        ask=lambda client, scene: file(client, scene, "landlord_file_confirm", post=True),
        own=PAYER,
        reached=frozenset({422}),
        seen_by=READERS - PAYER,
        writes=True,
    ),
}
