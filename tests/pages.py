"""Every page of the site with somebody who may open it; the checks of every page walk it (html, words, axe, pictures).

The addresses are those of the access matrix (tests/access), which has a row for each one in the URL conf, and those of
accounts. MORE are states of a page that look different enough to be looked at.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.urls import reverse

from fundadmin.models import User
from grants.actions.work import LARGE_TEXT
from grants.enums import State
from grants.reconciling.to_credit import lines_due
from tests.access import rows
from tests.access.every import EVERY_PAGE
from tests.access.people import ROLES, everybody
from tests.access.scene import Scene, put_in_charge, scene
from tests.accounts import PASSWORD, enrol
from tests.factories import user
from tests.fundadmin.accounts.test_pages import ENTRANCE, OWN
from tests.grants import walk
from tests.grants.reconciling.papers import as_csv, notes

NOT_SEEN: Final = {
    "healthz": "for machines",
    "readyz": "for machines",
    "grants:api:nowhere": "a problem, for programs",
    "grants:api:schema": "for programs",
    "grants:document": "a file",
    "grants:confirm_member": "a button of grants:team",
    "grants:refuse_member": "a button of grants:team",
    "grants:end_member": "a button of grants:team",
    "grants:send_invitation_again": "a button of grants:team",
    "grants:revoke-token": "a button of grants:tokens",
    "grants:comment": "a form of grants:application",
    "grants:bulk_launch": "a button of the page before",
    "grants:confirm_proposal": "a button of grants:fund_proposal",
    "grants:refuse_proposal": "a button of grants:fund_proposal",
    "grants:draft_findings": "a part of grants:edit_draft",
    "grants:revoke_upload_link": "a button of grants:edit_draft",
    "grants:receipt_paper": "a file",
    "grants:mandate_paper": "a file",
    "grants:report_pdf": "a file",
    "grants:rent_roll_report": "a file",
    "grants:elimination_list": "a file",
    "grants:landlord_file_report": "a file",
    "grants:landlord_file_confirm": "a button of grants:landlord_file",
    "grants:rent_roll_import": "a button of grants:rent_roll_check",
    "grants:notification": "leads to the page it tells of",
    "grants:notifications_read": "a button of grants:notifications",
    "grants:log_out_elsewhere": "a button of grants:profile",
    "grants:report_all_pdf": "a file",
    "grants:letter": "a file",
    "grants:letter_preview": "a file",
    "grants:letterhead_preview": "a file",
    "grants:statement_preview": "a file",
    "grants:issue_letters": "a button of grants:letters",
    "grants:issue_every_letter": "a button of grants:letters",
    "grants:send_letters": "a button of grants:letters",
    "grants:set_aside_letters": "a button of grants:letters",
    "grants:export_file": "a file",
    "grants:export_manifest": "a file",
    "grants:sample_pdf": "a file",
    "grants:sample_xlsx": "a file",
    "mfa_reauthenticate_webauthn": "needs a security key",
    "mfa_authenticate": "in the middle of logging in: tests/browser/test_log_in.py",
}
"""The addresses that are no page to be walked, and why."""

NOBODY: Final = "nobody"
STRANGER: Final = "somebody without a role"
OWNER: Final = "the payer of the scene"
"""Whose own the rows are that nobody else reaches: tokens, runs."""
AUTHOR: Final = "the second advisor of the scene"
MANAGER: Final = "the landlord's manager of the scene"
READERS: Final = {"grants:mend_comment": AUTHOR, "grants:export": MANAGER}
"""Pages whose reader the matrix has no name for."""
DOERS: Final = {
    "grants:act": "chamber assessor",
    "grants:assess": "chamber assessor",
    "grants:approve": "approver",
    "grants:credit": "payer",
    "grants:ask_reverse": "payer",
    "grants:settle_request": "approver",
    "grants:decision_lists": "approver",
    **dict.fromkeys(
        (
            *("grants:fund", "grants:fund_actions", "grants:propose_action", "grants:charter", "grants:team"),
            *("grants:public_page", "grants:commitments", "grants:keep_commitment", "grants:reopen_commitment"),
        ),
        "landlord manager",
    ),
}
"""Pages that more people may open than may do something there: who may, so that its form is looked at."""
LOOKED_AT_FIRST: Final = ("advisor", "chamber assessor", "approver", "payer", "landlord manager", "chamber manager")
"""Who opens a page that several may, the first of them."""


@dataclass(frozen=True)
class Page:
    name: str
    """That of its address in the URL conf, and what is special about it."""
    person: str
    address: Callable[[Scene], str]
    statuses: Collection[int] = (200,)


@dataclass(frozen=True)
class Gallery:
    """What there is to be shown, and to whom."""

    scene: Scene
    people: Mapping[str, User]

    def person(self, page: Page) -> User | None:
        return None if page.person == NOBODY else self.people[page.person]


def gallery() -> Gallery:
    """A fund with files in every state, and one person for each role, who may open them."""
    made = scene()
    more = [state for state in State if state not in made.files and state != State.WAITLISTED]
    # The one that waits asks for more than is left, so it comes last.
    files = {state: walk.walk_to(made.world, state) for state in [*more, State.WAITLISTED]}
    people = everybody(made.world) | {
        STRANGER: user("Sans Fonction"),
        OWNER: made.world.payer,
        AUTHOR: made.world.advisor2,
        MANAGER: made.world.manager,
    }
    put_in_charge(made, people["advisor"])
    for person in people.values():
        enrol(person)
        RecoveryCodes.activate(person)
    people["payer"].set_password(PASSWORD)
    people["payer"].save()
    return Gallery(Scene(**vars(made) | {"files": {**made.files, **files}}), people)


class Asked(Exception):
    """The first request of a row of the matrix."""


class Recorder:
    """A client that only notes what it is asked for."""

    def get(self, address: str, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise Asked(address)

    post = get


def address_of(row: rows.Row) -> Callable[[Scene], str]:
    def address(scene: Scene) -> str:
        recorder: Any = Recorder()
        try:
            row.ask(recorder, scene)
        except Asked as asked:
            return str(asked.args[0])
        raise AssertionError(f"{row} asks for nothing.")

    return address


def reader_of(name: str, row: rows.Row) -> str:
    if name in READERS:
        return READERS[name]
    if 302 not in row.anonymous:
        return NOBODY
    if name in DOERS:
        return DOERS[name]
    return next((name for name in (*LOOKED_AT_FIRST, *ROLES) if name in row.own), OWNER)


def by_name(name: str, *args: str) -> Callable[[Scene], str]:
    return lambda _scene: reverse(name, args=args)


def every_page() -> Iterator[Page]:
    for name, row in EVERY_PAGE.items():
        yield Page(name, reader_of(name, row), address_of(row), {200} if name in READERS else row.reached)
    for name, args in ENTRANCE.items():
        yield Page(name, NOBODY, by_name(name, *args), {200, 401})
    for name, args in OWN.items():
        yield Page(name, "payer", by_name(name, *args))
    yield from MORE


def file_in(state: State) -> Callable[[Scene], str]:
    return lambda scene: reverse("grants:application", args=[scene.files[state].uuid])


def landlord_file(*, is_read: bool) -> Callable[[Scene], str]:
    """A file of posted credit notes: one row that matches, one that doesn't; or as it is until the worker reads it."""

    def address(scene: Scene) -> str:
        file = walk.walk_to(scene.world, State.APPROVED)
        due = next(due for due in lines_due(scene.world.fund) if due.line.application_id == file.pk)
        one = {"Bail": due.line.lease.reference, "Mois": f"{due.line.month:%m/%Y}", "N° avoir": "AV-7"}
        one |= {"Montant TTC": f"-{due.amount.gross_cents // 100}", "Date comptable": "06/05/2020"}
        content = as_csv([one, one | {"Bail": "B-999"}])
        made = notes(scene.world, content + (b"" if is_read else b"\n" * LARGE_TEXT))
        return reverse("grants:landlord_file", args=[scene.world.fund.code, made.uuid])

    return address


MORE: Final = (
    *(Page(f"grants:home, {role}", role, by_name("grants:home")) for role in (*ROLES, STRANGER)),
    *(Page(f"grants:application, {state}", "advisor", file_in(state)) for state in State),
    *(
        Page(f"grants:application, {state}, {role}", role, file_in(state))
        for state, role in (
            (State.SUBMITTED, "chamber assessor"),
            (State.ELIGIBLE, "approver"),
            (State.APPROVED, "payer"),
            (State.CREDITED, "auditor"),
            (State.REJECTED, "landlord manager"),
        )
    ),
    Page("grants:landlord_file, read", OWNER, landlord_file(is_read=True)),
    Page("grants:landlord_file, to be read", OWNER, landlord_file(is_read=False)),
    Page("404", NOBODY, lambda _scene: "/nulle-part/", (404,)),
    Page("404, logged in", "payer", lambda _scene: "/nulle-part/", (404,)),
    Page("403", "payer", lambda _scene: "/admin/login/", (403,)),
    Page("account_set_password", STRANGER, by_name("account_set_password")),
)
