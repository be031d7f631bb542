"""The rows of the matrix: how each address and operation is asked, and who may reach what it shows.

To add an address, add a row under its name in the URL conf to the PAGES of here, or of the part of the site that has a
file of its own (`every.py` puts them together); to add an operation of the API, one to OPERATIONS under its method and
path. `one(...)` shows one object, `listed(...)` may show it among others, `write(...)` changes it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.test import Client
from django.urls import reverse

from grants import queries
from grants.actions.bulk import BULK
from grants.api.steps import STEPS
from grants.enums import Action, State
from tests.access.people import ALL, CHAMBER, LANDLORD, NOBODY, ROLES
from tests.access.scene import Scene, identifier
from tests.factories import key
from tests.grants.api.bodies import body_of
from tests.grants.test_matrix import EXPECTED

API: Final = "/api/v1"
SAME_LANDLORD: Final = CHAMBER | LANDLORD
"""Who reads a landlord's own rows from another fund of it; an external auditor reads of who filed in its fund."""
OVERSEERS: Final = frozenset(name for name, (role, _side) in ROLES.items() if role in queries.OVERSEERS)
REACHED: Final = frozenset({200, 201, 204, 302, 409, 422})
"""The answers of a write that somebody may do: done, or refused for other reasons than who asks."""


@dataclass(frozen=True, kw_only=True)
class Row:
    ask: Callable[[Client, Scene], Any]
    own: Collection[str] = ALL
    """Who reaches it in the own fund."""
    sibling: Collection[str] = NOBODY
    """Who reaches it in another fund of the same landlord. In another landlord's, nobody."""
    reached: Collection[int] = frozenset({200})
    refused: Collection[int] = frozenset({404})
    shows: Callable[[Scene], str] | None = None
    """A list is open to all; whether somebody reaches the object is whether this stands in it."""
    seen_by: Collection[str] | None = None
    """Of a write: who sees the object and may not change it, and so is told (403)."""
    writes: bool = False
    anonymous: Collection[int] = frozenset({302})


def one(address: Callable[[Scene], str], **values: Any) -> Row:
    return Row(ask=lambda client, scene: client.get(address(scene)), **values)


def listed(address: Callable[[Scene], str], shows: Callable[[Scene], str], **values: Any) -> Row:
    return Row(ask=lambda client, scene: client.get(address(scene)), shows=shows, **values)


def write(address: Callable[[Scene], str], body: Callable[[Scene], Any] = lambda _scene: {}, **values: Any) -> Row:
    """A form of the site."""
    return Row(
        ask=lambda client, scene: client.post(address(scene), body(scene)),
        **{"writes": True, "reached": REACHED} | values,
    )


def open_to_all(address: Callable[[Scene], str], *statuses: int) -> Row:
    """Not even a log-in is needed."""
    return Row(
        ask=lambda client, scene: client.get(address(scene)),
        own=ALL,
        reached=statuses,
        refused=statuses,
        anonymous=statuses,
    )


def of_ones_own(address: Callable[[Scene], str], *statuses: int) -> Row:
    """Everybody has this page, and it shows nothing of a fund."""
    return Row(ask=lambda client, scene: client.get(address(scene)), reached=statuses, refused=statuses)


def page(name: str, *args: Callable[[Scene], Any]) -> Callable[[Scene], str]:
    return lambda scene: reverse(name, args=[arg(scene) for arg in args])


def code(scene: Scene) -> str:
    return scene.world.fund.code


def member(scene: Scene) -> int:
    return scene.member.pk


PAGES: Mapping[str, Row] = {
    "healthz": open_to_all(page("healthz"), 200),
    "readyz": open_to_all(page("readyz"), 200, 503),
    # Without METRICS_TOKEN there is no such page.
    "metrics": open_to_all(page("metrics"), 404),
    "grants:document": one(page("grants:document", lambda scene: scene.document.uuid)),
    "grants:information": open_to_all(page("grants:information"), 200),
    "grants:mail_preference": of_ones_own(page("grants:mail_preference"), 200),
    "grants:mails": one(page("grants:mails", code), own=OVERSEERS),
    # Overseers of any fund read it (tests/grants/test_privacy_views.py).
    "grants:register": of_ones_own(page("grants:register"), 200, 404),
    "grants:team": one(page("grants:team", code)),
    "grants:confirm_member": write(page("grants:confirm_member", code, member)),
    "grants:refuse_member": write(page("grants:refuse_member", code, member)),
    "grants:end_member": write(page("grants:end_member", code, member)),
    "grants:send_invitation_again": write(page("grants:send_invitation_again", code, member)),
    "grants:tokens": listed(page("grants:tokens"), lambda scene: scene.token.start, own=NOBODY),
    "grants:revoke-token": write(page("grants:revoke-token", lambda scene: scene.token.uuid), own=NOBODY),
    "grants:api:schema": open_to_all(page("grants:api:schema"), 200),
    "grants:api:docs": open_to_all(page("grants:api:docs"), 200),
    "grants:api:nowhere": open_to_all(lambda _scene: f"{API}/nowhere/", 404),
}


def api(path: str, *args: Callable[[Scene], Any]) -> Callable[[Scene], str]:
    return lambda scene: API + path.format(*(arg(scene) for arg in args))


def read(path: str, row: Callable[[Scene], Any], **values: Any) -> dict[str, Row]:
    """A list of the API and its items."""
    identified = lambda scene: identifier(row(scene))  # noqa: E731 - names a callable of a row
    return {
        f"GET {path}": listed(api(f"{path}?limit=200"), identified, anonymous={401}, **values),
        f"GET {path}{{id}}/": one(api(f"{path}{{}}/", identified), anonymous={401}, **values),
    }


def send(client: Client, address: str, body: Any, *, form: bool = False) -> Any:
    headers = {"Idempotency-Key": key(), "If-Match": "*"}
    kind = {} if form else {"content_type": "application/json"}
    return client.post(address, body, headers=headers, **kind)


def may(action: Action) -> frozenset[str]:
    """Whose an action is, as `tests/grants/test_matrix.py` has it."""
    return frozenset(name for name, role in ROLES.items() if role in EXPECTED[action][1])


def step(action: Action) -> Row:
    def ask(client: Client, scene: Scene) -> Any:
        file = scene.file_for(action)
        body = body_of(action, file, scene.world.advisor2)
        return send(client, f"{API}/applications/{file.uuid}/{action}/", body, form=action == Action.ATTACH)

    drafts = EXPECTED[action][0] == {State.DRAFT}
    return Row(
        ask=ask,
        own=may(action),
        seen_by=CHAMBER if drafts else ALL,
        reached=REACHED,
        writes=True,
        anonymous={401},
    )


def bulk(action: Action) -> Row:
    """A preflight of one file: who may not do it is told so of the row; a stranger is told there is no such file."""

    def ask(client: Client, scene: Scene) -> Any:
        file = scene.file_for(action)
        body = body_of(action, file, scene.world.advisor2)
        rows = [{"id": str(file.uuid), "request": body}]
        return send(client, f"{API}/applications/bulk/{action}/", {"dry_run": True, "applications": rows})

    return Row(ask=ask, own=may(action), seen_by=ALL, reached={200}, refused={422}, writes=True, anonymous={401})


def file_of(scene: Scene) -> str:
    return identifier(scene.file)


def fund_of(scene: Scene) -> str:
    return scene.world.fund.code


def new_draft(client: Client, scene: Scene) -> Any:
    body = {"fund": scene.world.fund.code, "tenant": identifier(scene.lease.tenant)}
    return send(client, f"{API}/applications/", body)


def new_token(client: Client, scene: Scene) -> Any:
    body = {"fund": scene.world.fund.code, "roles": ["payer"], "name": "essai", "days": 1}
    return send(client, f"{API}/tokens/", body)


OPERATIONS: Mapping[str, Row] = {
    **read("/landlords/", lambda scene: scene.world.landlord, sibling=ALL),
    **read("/premises/", lambda scene: scene.lease.premises, sibling=SAME_LANDLORD),
    **read("/tenants/", lambda scene: scene.lease.tenant, sibling=SAME_LANDLORD),
    **read("/leases/", lambda scene: scene.lease, sibling=SAME_LANDLORD),
    # The chamber reads the rents of those whose mandate an application of its own fund records.
    **read("/rent-calls/", lambda scene: scene.rent_call, sibling=LANDLORD),
    **read("/charters/", lambda scene: scene.world.charter),
    **read("/applications/", lambda scene: scene.file),
    **read("/lines/", lambda scene: scene.line),
    **read("/documents/", lambda scene: scene.document),
    "GET /documents/{id}/content/": one(
        api("/documents/{}/content/", lambda scene: identifier(scene.document)), anonymous={401}
    ),
    "GET /funds/": listed(api("/funds/"), code, anonymous={401}),
    "GET /funds/{code}/": one(api("/funds/{}/", code), anonymous={401}),
    "GET /funds/{code}/position/": one(api("/funds/{}/position/", code), anonymous={401}),
    "GET /funds/{code}/ledger/": one(api("/funds/{}/ledger/", code), anonymous={401}),
    "GET /events/": listed(
        api("/events/?limit=200&fund={}", code), lambda scene: identifier(scene.event), anonymous={401}
    ),
    "GET /applications/{id}/findings/": one(api("/applications/{}/findings/", file_of), anonymous={401}),
    "GET /applications/{id}/available-actions/": one(
        api("/applications/{}/available-actions/", file_of), anonymous={401}
    ),
    "POST /applications/": Row(
        ask=new_draft,
        own={"advisor", "deputy"},
        seen_by=ALL,
        reached={201},
        refused={422},
        writes=True,
        anonymous={401},
    ),
    "GET /tokens/": listed(api("/tokens/"), lambda scene: identifier(scene.token), own=NOBODY, anonymous={401}),
    "POST /tokens/": Row(
        ask=new_token, own={"payer"}, seen_by=ALL, reached={201}, refused={422}, writes=True, anonymous={401}
    ),
    "DELETE /tokens/{id}/": Row(
        ask=lambda client, scene: client.delete(f"{API}/tokens/{scene.token.uuid}/"),
        own=NOBODY,
        writes=True,
        anonymous={401},
    ),
    **{f"POST /applications/{{id}}/{action}/": step(action) for action in STEPS},
    **{f"POST /applications/bulk/{action}/": bulk(action) for action in BULK},
}
