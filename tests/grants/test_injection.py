"""SQL, HTML, template and formula injection in every free text: it comes back as the text it is, and nothing else."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from grants.actions import assessment, decision, documents, filing, funding, lifecycle, reversal
from grants.actions.documents import Upload
from grants.actions.reading import log_read
from grants.enums import Channel, FundAction, Reading, RejectionReason, State, Visibility
from grants.models import Application, Event, ReadLog
from tests.accounts import log_in
from tests.factories import OPENED_ON, PDF, World, key, open_fund
from tests.grants import walk

pytestmark = pytest.mark.django_db

ATTACKS = (
    "=cmd|' /C calc'!A0",
    "'; DROP TABLE grants_application; --",
    "' OR '1'='1' UNION SELECT password FROM fundadmin_user --",
    "$$; SELECT pg_sleep(60); $$ \\'; %s %(id)s {0}",
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "\"><svg/onload=alert(3)>'-alert(4)-'",
    "{{ request.user.password }}{% load static %}{% debug %}",
    '+HYPERLINK("http://mal.invalid";"cliquez")',
)
ALL = " ".join(ATTACKS)


@pytest.fixture
def world() -> World:
    return open_fund()


def page(world: World, file: Application) -> str:
    client = Client()
    log_in(client, world.assessor)
    return client.get(reverse("grants:application", args=[file.uuid])).content.decode()


def contact(world: World, text: str) -> Application:
    draft = walk.draft(world)
    asked = {"contact": (text, Channel.EMAIL), "by": world.advisor, "key": key(), "on": OPENED_ON}
    filing.edit(application=draft, **asked)
    draft.refresh_from_db(fields=["contact_name"])
    assert draft.contact_name == text
    return draft


def message(world: World, text: str) -> Application:
    file = walk.walk_to(world, State.SUBMITTED)
    asked = {"wanted": ["headcount"], "message": text, "by": world.assessor, "key": key(), "on": OPENED_ON}
    return assessment.request_info(application=file, **asked)


def unfavourable(world: World, text: str) -> Application:
    file = walk.walk_to(world, State.SUBMITTED)
    asked = {"reason": text, "by": world.assessor, "key": key(), "no_conflict": True, "on": OPENED_ON}
    return assessment.assess_unfavourable(application=file, **asked)


def rejection(world: World, text: str) -> Application:
    file = walk.walk_to(world, State.SUBMITTED)
    asked = {"motive": RejectionReason.OTHER, "reason": text, "by": world.approver, "key": key(), "on": OPENED_ON}
    return decision.reject(application=file, **asked)


def reopening(world: World, text: str) -> Application:
    file = walk.walk_to(world, State.REJECTED)
    return lifecycle.reopen(application=file, reason=text, by=world.chamber_manager, key=key(), on=OPENED_ON)


def refused_request(world: World, text: str) -> Application:
    file = walk.walk_to(world, State.CREDITED)
    request = walk.ask_undo(world, file)
    reversal.refuse_request(request=request, reason=text, by=world.approver2, key=key(), on=OPENED_ON)
    return file


def document_kind(world: World, text: str) -> Application:
    draft = walk.draft(world)
    upload = Upload(text[:60], "bail.pdf", PDF[1], Visibility.BOTH)
    return documents.attach(application=draft, upload=upload, by=world.advisor, key=key(), on=OPENED_ON)


SHOWN: dict[str, Callable[[World, str], Application]] = {
    "message": message,
    "unfavourable": unfavourable,
    "rejection": rejection,
    "reopening": reopening,
    "refused request": refused_request,
    "document kind": document_kind,
}


@pytest.mark.parametrize("field", SHOWN)
def test_a_text_stays_a_text(world: World, field: str) -> None:
    file = SHOWN[field](world, ALL)
    # A kind without a name of its own is read with spaces.
    check_page(page(world, file), ALL[:60].replace("_", " ") if field == "document kind" else ALL)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM grants_application")
        assert cursor.fetchone() == (Application.objects.count(),)


def check_page(shown: str, text: str) -> None:
    assert escape(text) in shown
    for tag in ("<script>alert", "<img src=x", "<svg/onload"):
        assert tag not in shown


def test_names_keys_filters_and_fund_reasons_too(world: World) -> None:
    draft = contact(world, ALL[:200])
    client = Client()
    log_in(client, world.auditor)
    for text in ATTACKS:
        upload = Upload("bail", text, PDF[1], Visibility.BOTH)
        documents.attach(application=draft, upload=upload, by=world.advisor, key=text, on=OPENED_ON)
        assert Event.objects.filter(key=text).count() == 1
        check_page(page(world, draft), draft.documents.latest("pk").name)
        assert ReadLog.objects.get(pk=log_read(by=world.auditor, fund=None, what=Reading.EXPORT, filter=text).pk)
        answer = client.get(reverse("grants:fund", args=[world.fund.code]), {"after": text})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.content.decode()
    suspended = funding.propose(
        fund=world.fund, action=FundAction.SUSPEND, reason=ALL, by=world.landlord_manager, key=key(), on=OPENED_ON
    )
    assert Event.objects.get(data__proposal=suspended.pk, action="propose").detail.detail == {"reason": ALL}
