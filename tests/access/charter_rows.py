"""The rows of the charter's pages, the rent roll, people's notices and their own page."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.test import Client
from django.urls import reverse

from grants.enums import FundAction
from grants.models import FundProposal, Notification, RentRollCheck
from landlords.rent_roll import Report
from tests.access.people import NOBODY
from tests.access.scene import Scene
from tests.factories import key

LANDLORD_MANAGER: Final = frozenset({"landlord manager"})
MANAGERS: Final = frozenset({"landlord manager", "chamber manager"})
SETTLERS: Final = frozenset({"landlord manager", "approver"})


def roll(client: Client, scene: Scene, name: str, *, post: bool = False) -> Any:
    """A rent roll that the fund's own manager handed in."""
    check = RentRollCheck.objects.create(
        fund=scene.world.fund,
        by=scene.world.landlord_manager,
        key=key(),
        file_name="x.csv",
        sha256="0" * 64,
        content=b"x",
        report=Report("x.csv", dry_run=True).as_dict(),
    )
    where = reverse(f"grants:{name}", args=[scene.world.fund.code, check.uuid])
    return client.post(where, {"digest": "1" * 64}) if post else client.get(where)


def notice(scene: Scene) -> int:
    """Something that somebody else was told of the fund."""
    return Notification.objects.filter(event__fund=scene.world.fund)[0].pk


def amendment(client: Client, scene: Scene) -> Any:
    """One that the fund's own manager proposed."""
    proposal = FundProposal.objects.create(
        fund=scene.world.fund,
        action=FundAction.AMEND,
        charter=scene.world.charter,
        proposed_by=scene.world.landlord_manager,
        proposed_on=scene.world.charter.signed_on,
    )
    return client.get(reverse("grants:charter_settle", args=[scene.world.fund.code, proposal.uuid]))


def rows(
    row: type[Any], one: Callable[..., Any], of_ones_own: Callable[..., Any], page: Callable[..., Any]
) -> Mapping[str, Any]:
    """Given how rows are made, so that this module and that of all rows don't import each other."""
    code: Callable[[Scene], str] = lambda scene: scene.world.fund.code  # noqa: E731 - names a callable of a scene
    reached = frozenset({200, 422})
    own_write = {"writes": True, "reached": {302}, "refused": {302}}
    return {
        "grants:charter": one(page("grants:charter", code)),
        "grants:charter_draft": one(page("grants:charter_draft", code), own=LANDLORD_MANAGER),
        "grants:charter_preview": one(page("grants:charter_preview", code, lambda _scene: 1), own=MANAGERS),
        "grants:charter_settle": row(ask=amendment, own=SETTLERS),
        "grants:rent_roll": one(page("grants:rent_roll", code), own=LANDLORD_MANAGER),
        "grants:rent_roll_check": row(
            ask=lambda client, scene: roll(client, scene, "rent_roll_check"), own=LANDLORD_MANAGER
        ),
        "grants:rent_roll_report": row(
            ask=lambda client, scene: roll(client, scene, "rent_roll_report"), own=LANDLORD_MANAGER
        ),
        "grants:rent_roll_import": row(
            ask=lambda client, scene: roll(client, scene, "rent_roll_import", post=True),
            own=LANDLORD_MANAGER,
            reached=reached,
            writes=True,
        ),
        "grants:notifications": of_ones_own(page("grants:notifications"), 200),
        # Nobody's here: it is opened by whom it was sent to (tests/grants/test_notices_page.py).
        "grants:notification": one(page("grants:notification", notice), own=NOBODY),
        "grants:notifications_read": row(
            ask=lambda client, _scene: client.post(reverse("grants:notifications_read"), {"newest": "0"}), **own_write
        ),
        "grants:profile": of_ones_own(page("grants:profile"), 200),
        # Everybody ends their own sessions; done here it would end the session that the matrix asks with.
        "grants:log_out_elsewhere": row(
            ask=lambda client, _scene: client.post(reverse("grants:log_out_elsewhere")), **own_write
        ),
    }
