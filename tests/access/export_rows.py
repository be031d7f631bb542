"""What leaves a fund as files: everybody's own, asked for by whoever oversees it."""

from collections.abc import Mapping
from typing import Any, Final

from django.test import Client

from grants.actions.exporting import ask
from tests.access.people import ALL, NOBODY
from tests.access.rows import OVERSEERS, Row, api, code, listed, one, page, send, write
from tests.access.scene import Scene, identifier
from tests.factories import key

KIND: Final = "ledger-csv"


def export(scene: Scene) -> str:
    """One that the landlord's manager asked for, made when it is first needed."""
    return identifier(ask(fund=scene.world.fund, kind=KIND, by=scene.world.manager, key="export of the matrix"))


def new_export(client: Client, scene: Scene) -> Any:
    return send(client, f"/api/v1/funds/{scene.world.fund.code}/exports/", {"kind": KIND})


EXPORTS: Final[Mapping[str, Row]] = {
    "grants:exports": one(page("grants:exports", code)),
    "grants:ask_export": write(
        page("grants:ask_export", code, lambda _scene: KIND), lambda _scene: {"key": key()}, own=OVERSEERS
    ),
    "grants:export": one(page("grants:export", code, export), own=NOBODY),
    "grants:export_file": one(page("grants:export_file", code, export), own=NOBODY),
    "grants:export_manifest": one(page("grants:export_manifest", code, export), own=NOBODY),
}
EXPORT_OPERATIONS: Final[Mapping[str, Row]] = {
    "GET /funds/{code}/export-kinds/": one(api("/funds/{}/export-kinds/", code), anonymous={401}),
    "GET /funds/{code}/exports/": listed(api("/funds/{}/exports/", code), export, own=NOBODY, anonymous={401}),
    "POST /funds/{code}/exports/": Row(
        ask=new_export, own=OVERSEERS, seen_by=ALL, reached={201}, writes=True, anonymous={401}
    ),
    "GET /funds/{code}/exports/{id}/": one(api("/funds/{}/exports/{}/", code, export), own=NOBODY, anonymous={401}),
    "GET /funds/{code}/exports/{id}/content/": one(
        api("/funds/{}/exports/{}/content/", code, export), own=NOBODY, anonymous={401}
    ),
}
