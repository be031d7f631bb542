"""The notice, the register, the doubtful mails, the mail preference."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from grants import retention as rules
from grants.actions import retention
from grants.eligibility import FACTS
from grants.enums import State
from grants.models import Notification
from tests.factories import ROLES, open_fund, user
from tests.grants import walk
from tests.grants.kept import YEARS_2, clock, full, system
from tests.grants.test_views import reader

pytestmark = pytest.mark.django_db
Status = Notification.Status
OVERSEERS = {"landlord_manager", "chamber_manager", "auditor"}


def text_of(client: Client, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.content.decode())).split())


def test_everybody_reads_the_notice(settings: object) -> None:
    """Without an account: a tenant has none."""
    text = text_of(Client(), reverse("grants:information"))
    for words in ("Pour les entreprises locataires", "Pour les personnes de la CMA", "Pour les personnes du bailleur"):
        assert words in text
    for rule in rules.RULES:
        assert " ".join(rule.shown().split()) in text
        assert str(rule.legal).replace("\u00a0", " ") in text
    assert all(str(kind.label) in text for kind in FACTS.values())
    assert "conseiller CMA" in text
    settings.PRIVACY_CONTACT = "dpo@exemple.invalid"  # type: ignore[attr-defined]
    assert "Écrivez à dpo@exemple.invalid." in text_of(Client(), reverse("grants:information"))


def test_a_changed_duration_shows_at_once(settings: object) -> None:
    settings.RETENTION = settings.RETENTION | {"draft": (45, "days")}  # type: ignore[attr-defined]
    assert "45 jours" in text_of(Client(), reverse("grants:information"))
    assert "45 jours" in text_of(reader(open_fund().auditor), reverse("grants:register"))


@pytest.mark.parametrize("page", ["grants:mails", "grants:register"])
@pytest.mark.parametrize("role", ROLES)
def test_who_answers_for_a_fund_reads_register_and_mails(role: str, page: str) -> None:
    world = open_fund()
    address = reverse(page, args=[world.fund.code] if page == "grants:mails" else [])
    assert reader(world.people[role]).get(address).status_code == (200 if role in OVERSEERS else 404)
    assert reader(user()).get(address).status_code == 404


def test_the_register_is_made_from_the_tables(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    client, address = reader(world.auditor), reverse("grants:register")
    text = text_of(client, address)
    for kind in FACTS.values():
        assert f"{kind.label} {kind.supplier.label} {kind.visibility.label}" in text
    assert rules.rules_version() in text
    assert "seulement compté" in text
    assert "Rien n\u2019a encore été effacé." in text
    full(world, State.REJECTED)
    today = YEARS_2.replace(day=6)
    clock(monkeypatch, today)
    certificate = retention.run(by=system(), dry=False, on=today).certificate
    assert certificate is not None
    settings.RETENTION_ERASES, settings.PRIVACY_CONTACT = True, "dpo@exemple.invalid"  # type: ignore[attr-defined]
    text = text_of(client, address)
    assert certificate.digest in text
    assert "effacé chaque nuit" in text
    assert "dpo@exemple.invalid" in text


def test_what_outlives_an_erasure_is_said() -> None:
    listed = "les bordereaux de décisions qui nomment l’entreprise, même si son dossier a été refusé"
    assert listed in text_of(Client(), reverse("grants:information"))
    assert listed in text_of(reader(open_fund().auditor), reverse("grants:register"))


@pytest.mark.parametrize("count", [1, 3])
def test_mails_in_doubt_are_shown_and_the_others_not(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    world, other = open_fund(), open_fund()
    files = [walk.walk_to(world, State.SUBMITTED) for _ in range(count)]
    walk.walk_to(other, State.SUBMITTED)
    client, address = reader(world.chamber_manager), reverse("grants:mails", args=[world.fund.code])
    assert "Tous les courriels sont arrivés" in text_of(client, address)
    Notification.objects.update(
        status=Status.UNCERTAIN, problem="SMTPServerDisconnected", marked_at=timezone.now(), attempts=1
    )
    with django_assert_num_queries(8):  # the navigation asks two
        text = text_of(client, address)
    assert all(file.reference in text for file in files)
    assert text.count("SMTPServerDisconnected") == count
    assert "incertain" in text
    Notification.objects.update(status=Status.FAILED)
    assert "échec" in text_of(client, address)


def test_a_mail_about_the_fund_itself_has_no_file() -> None:
    world = open_fund()
    event = world.fund.events.latest("pk")
    Notification.objects.create(event=event, recipient=world.auditor, status=Status.FAILED, problem="address")
    text = text_of(reader(world.auditor), reverse("grants:mails", args=[world.fund.code]))
    assert str(world.auditor) in text


def test_the_funds_page_leads_overseers_there() -> None:
    world = open_fund()
    link = reverse("grants:mails", args=[world.fund.code])
    page = reverse("grants:fund", args=[world.fund.code])
    assert link in reader(world.auditor).get(page).content.decode()
    assert link not in reader(world.payer).get(page).content.decode()


def test_a_choice_without_the_sites_token_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user())
    assert client.post(reverse("grants:mail_preference"), {"mail": "none"}).status_code == 403
