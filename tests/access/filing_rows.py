"""The rows of filing an application: the advisor's pages, the receipt, the tenant's page that needs no log-in."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from grants.enums import State
from grants.models import UploadLink
from tests.access.people import ALL, CHAMBER, EXTERNAL
from tests.access.rows import REACHED, Row, code, one, open_to_all, page, write
from tests.access.scene import Scene
from tests.factories import key

FILERS: Final = frozenset({"advisor", "deputy"})


def draft(scene: Scene) -> Any:
    return scene.files[State.DRAFT].uuid


def filed(scene: Scene) -> Any:
    return scene.file.uuid


def keyed(**more: Callable[[Scene], Any]) -> Callable[[Scene], dict[str, Any]]:
    return lambda scene: {"key": key(), **{name: value(scene) for name, value in more.items()}}


def end_a_link(client: Client, scene: Scene) -> Any:
    link = UploadLink.objects.create(
        application=scene.file,
        digest=key(),
        kinds=["bail"],
        made_by=scene.world.advisor,
        expires_at=timezone.now() + timedelta(days=1),
    )
    return client.post(reverse("grants:revoke_upload_link", args=[link.uuid]))


FILING: Final[Mapping[str, Row]] = {
    "grants:file": write(
        page("grants:file", code), keyed(tenant=lambda scene: scene.lease.tenant.uuid), own=FILERS, seen_by=ALL
    ),
    "grants:edit_draft": write(page("grants:edit_draft", draft), keyed(), own=FILERS, seen_by=CHAMBER),
    "grants:draft_findings": write(page("grants:draft_findings", draft), keyed(), own=FILERS, seen_by=CHAMBER),
    "grants:submit_draft": write(page("grants:submit_draft", draft), keyed(), own=FILERS, seen_by=CHAMBER),
    "grants:receipt": one(page("grants:receipt", filed), own=CHAMBER | EXTERNAL),
    "grants:receipt_paper": one(page("grants:receipt_paper", filed), own=CHAMBER | EXTERNAL),
    "grants:mandate_paper": one(page("grants:mandate_paper", draft), own=FILERS, seen_by=CHAMBER),
    "grants:file_documents": write(page("grants:file_documents", filed), keyed(), own=FILERS, seen_by=ALL),
    "grants:make_upload_link": write(page("grants:make_upload_link", filed), keyed(), own=FILERS, seen_by=ALL),
    "grants:revoke_upload_link": Row(ask=end_a_link, own=FILERS, seen_by=ALL, reached=REACHED, writes=True),
    "grants:upload": open_to_all(page("grants:upload", lambda _scene: "no-such-secret"), 410),
    "grants:upload_thanks": open_to_all(page("grants:upload_thanks"), 200),
}
