"""Who reaches what: every address and API operation, for everybody, in the own fund, another and another landlord's.

The rows are in `tests/access/rows.py`; the URL conf and the API's description say which there have to be. Accounts have
their own (tests/fundadmin/accounts/test_pages.py). Which action a role may take is test_matrix.py's to say.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from fundadmin.accounts import urls as accounts
from grants.api.schema import Generator
from tests.access.every import EVERY_OPERATION as OPERATIONS
from tests.access.every import EVERY_PAGE as PAGES
from tests.access.every import EVERY_ROW as ROWS
from tests.access.people import PEOPLE, clients, everybody
from tests.access.rows import API, Row
from tests.access.scene import Scene, put_in_charge, scene, undone
from tests.accounts import log_in
from tests.factories import open_fund

pytestmark = [pytest.mark.django_db, pytest.mark.sweep]

ACCOUNTS = {pattern.name for pattern in accounts.urlpatterns}
UNNAMED = {"None"}  # the two addresses of the admin site that lead to ours
ADD = 'tests/access/rows.py: add to {where} a row for "{name}", such as `"{name}": {example},`'
"""What to do about a row that is missing."""


def names(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != "admin":
                yield from names(
                    pattern.url_patterns, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                )
        else:
            yield f"{namespace}{pattern.name}"


def operations() -> list[str]:
    generator: Any = Generator  # its constructor is not typed
    paths = generator().get_schema(public=True)["paths"]
    return [f"{method.upper()} {path.removeprefix(API)}" for path, methods in paths.items() for method in methods]


def test_every_address_and_operation_has_a_row() -> None:
    described = {resolve(sample(operation)).view_name for operation in operations()}
    addresses = set(names(get_resolver().url_patterns)) - ACCOUNTS - UNNAMED - described
    missing = [
        ADD.format(where="PAGES", name=name, example=f'one(page("{name}", code))')
        for name in sorted(addresses - set(PAGES))
    ]
    missing += [
        ADD.format(where="OPERATIONS", name=name, example="one(api(...), anonymous={401})")
        for name in operations()
        if name not in OPERATIONS
    ]
    assert not missing, "\n".join(missing)
    assert set(PAGES) - addresses == set(), "rows of addresses that are no more"
    assert set(OPERATIONS) - set(operations()) == set(), "rows of operations that are no more"


def sample(operation: str) -> str:
    path = operation.partition(" ")[2]
    return API + path.replace("{id}", "3f8a2c51-0d4e-4b7a-9c66-1f0b5d2e7a10").replace("{code}", "essai")


def verdict(row: Row, answer: Any, where: Scene) -> str:
    """What the answer comes to: `reached`, `refused`, `told` (403), or the status that is none of these."""
    status = answer.status_code
    if row.shows is not None and status == 200:
        return "reached" if row.shows(where) in answer.content.decode() else "refused"
    if status == 403 or (row.writes and "role_missing" in answer.content.decode()):
        # A bulk preflight tells it of the row.
        return "told"
    if status in row.refused and status in row.reached:
        return "either"
    return "reached" if status in row.reached else "refused" if status in row.refused else str(status)


def expected(row: Row, name: str, relation: str) -> str:
    near = row.own if relation == "own" else row.sibling if relation == "sibling" else ()
    if name in near:
        return "reached"
    return "told" if relation == "own" and row.seen_by is not None and name in row.seen_by else "refused"


@pytest.mark.slow
@pytest.mark.parametrize("relation", ["own", "sibling", "other"])
def test_everybody_reaches_what_is_theirs_and_nothing_else(relation: str) -> None:
    own = scene()
    target = own if relation == "own" else scene(own.world.landlord if relation == "sibling" else None)
    asking = clients(own.world)
    wrong = []
    for name in PEOPLE:
        if name == "advisor":
            put_in_charge(target, person_of(asking[name]))
        for place, row in ROWS.items():
            with undone(), as_it_was(asking[name]):
                found = verdict(row, row.ask(asking[name], target), target)
            wanted = expected(row, name, relation)
            if found not in (wanted, "either"):
                wrong.append(f"{place}: {name} ({relation}) {found}, expected {wanted}")
    assert not wrong, "\n".join(wrong)


@contextmanager
def as_it_was(client: Client) -> Iterator[None]:
    """Some addresses begin another session, whose row is undone with the rest: go back to the one before."""
    cookies = deepcopy(client.cookies)
    yield
    client.cookies = cookies


def person_of(client: Client) -> Any:
    return client.session["_auth_user_id"]


@pytest.mark.slow
def test_nobody_reaches_anything_without_saying_who() -> None:
    target = scene()
    wrong = []
    for place, row in ROWS.items():
        answer = row.ask(Client(), target)
        to_log_in = reverse("account_login") in answer.headers.get("Location", "")
        if answer.status_code not in row.anonymous or (answer.status_code == 302 and not to_log_in):
            wrong.append(f"{place}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_every_write_by_session_needs_a_csrf_token() -> None:
    target = scene()
    person = everybody(target.world)["landlord manager"]
    client = log_in(Client(enforce_csrf_checks=True), person)
    writes = {place: row for place, row in ROWS.items() if row.writes}
    assert len(writes) > 30
    assert [place for place, row in writes.items() if row.ask(client, target).status_code != 403] == []


@pytest.mark.slow
def test_the_administration_site_is_staffs_only() -> None:
    world = open_fund()
    asking = clients(world)
    answers = {name: asking[name].get(reverse("admin:index")).status_code for name in PEOPLE}
    assert {name for name, status in answers.items() if status not in (302, 403)} == set()
    assert log_in(Client(), world.admin).get(reverse("admin:index")).status_code == 200
