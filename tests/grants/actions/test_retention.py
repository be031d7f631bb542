"""Retention: what is due goes, what a duty or a hold keeps stays, and the books stay whole."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from grants.actions import checking, filing, holds, retention
from grants.actions.erasing import check_due, erase, kept, may_be_erased
from grants.enums import Action, FundAction, State
from grants.exceptions import NotAllowed, RuleRefused
from grants.models import (
    Application,
    BulkRow,
    BulkRun,
    Document,
    Erasure,
    Event,
    EventDetail,
    LedgerEntry,
    RetentionRun,
    ReversalRequest,
)
from grants.retention import CREDITED, DRAFT, READ_LOG, REFUSED, RULES, rule_of, rules_version
from landlords.models import Contact, Lease, RentRollImport
from tests.factories import OPENED_ON, fund_action, key, open_fund, tenant_with_lease
from tests.grants import walk
from tests.grants.kept import END_OF_10, YEARS_2, clock, full, history, personal, run, system
from tests.grants.parallel import faults

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("state", "last_day"),
    [
        (State.DRAFT, OPENED_ON + timedelta(days=180)),
        (State.REJECTED, YEARS_2),
        (State.WITHDRAWN, YEARS_2),
        (State.CANCELLED, END_OF_10),
        (State.CREDITED, END_OF_10),
        (State.REVERSED, END_OF_10),
    ],
)
def test_a_file_goes_the_day_after_its_time_is_over(state: State, last_day: date, monkeypatch: Any) -> None:
    """Nothing personal is left, and the fund's books and the events are as they were."""
    world = open_fund()
    file = full(world, state)
    stored = str(Document.objects.get(application=file).file.name)
    ledger_before = list(LedgerEntry.objects.order_by("pk").values())
    events_before = list(Event.objects.order_by("pk").values())
    lines_before = list(file.lines.order_by("pk").values_list("month", "component", "state", "approved_cents"))
    assert personal(file)
    clock(monkeypatch, last_day)

    assert run(last_day).erased == []
    assert default_storage.exists(stored)
    clock(monkeypatch, last_day + timedelta(days=1))
    report = run(last_day + timedelta(days=1))

    assert report.erased == [file.pk]
    assert personal(file) == []
    assert not default_storage.exists(stored)
    assert list(LedgerEntry.objects.order_by("pk").values()) == ledger_before
    assert list(Event.objects.order_by("pk").values())[: len(events_before)] == events_before
    if state != State.DRAFT:
        kept_file = Application.objects.get(pk=file.pk)
        lines = kept_file.lines.order_by("pk").values_list("month", "component", "state", "approved_cents")
        assert list(lines) == lines_before
        assert kept_file.erasure.rule in {"refused", "credited"}
        assert str(kept_file.erasure) == f"{file.pk} {kept_file.erasure.rule}"
    assert faults(world.fund) == []
    check = checking.check_ledger(fund=world.fund, by=system())
    assert (check.faults, check.details_kept) == (0, 0)
    assert check.details_erased == Event.objects.exclude(detail_digest="").count() > 0


def test_a_second_run_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    for state in (State.DRAFT, State.REJECTED, State.CREDITED):
        full(world, state)
    day = END_OF_10 + timedelta(days=1)
    clock(monkeypatch, day)
    first = run(day)
    assert first.counts() == {
        "credited": 1,
        "draft": 1,
        "refused": 1,
        "documents": 2,
        "history": history_of(first),
        "details": first.counts()["details"],
    }
    before = snapshot()
    second = run(day)
    assert (second.counts(), second.certificate) == ({}, None)
    assert snapshot() == before


def history_of(report: retention.Report) -> int:
    assert report.counts()["history"] > 0
    return report.counts()["history"]


def snapshot() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of ours."""
    ours = [
        model for label in ("grants", "landlords", "fundadmin") for model in apps.get_app_config(label).get_models()
    ]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in ours}


def test_a_dry_run_counts_and_touches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    full(world, State.REJECTED)
    clock(monkeypatch, YEARS_2 + timedelta(days=1))
    before = snapshot()
    report = run(YEARS_2 + timedelta(days=1), dry=True)
    assert report.counts() == {"refused": 1}
    assert snapshot() == before
    (document,) = Document.objects.filter(application__isnull=False)
    assert default_storage.exists(str(document.file.name))


def test_the_certificate_says_what_when_and_by_which_rules_and_names_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    file = full(world, State.REJECTED)
    names = (file.tenant.legal_name, file.tenant.siret)
    clock(monkeypatch, YEARS_2 + timedelta(days=1))
    certificate = run(YEARS_2 + timedelta(days=1)).certificate
    assert certificate is not None
    assert certificate.rules == {
        "draft": "180 days",
        "refused": "2 years",
        "credited": "10 years",
        "sign_in_log": "1 years",
        "read_log": "1 years",
    }
    assert certificate.rules_version == rules_version()
    assert certificate.counts["refused"] == 1
    assert len(certificate.digest) == 64
    assert str(certificate).endswith(certificate.digest[:12])
    assert not any(str(name) in str(vars(certificate)) for name in names)
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        RetentionRun.objects.filter(pk=certificate.pk).update(counts={})


def test_pending_files_are_never_due(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund(endowment_cents=20_000_00)
    pending = [State.SUBMITTED, State.INFO_REQUESTED, State.ELIGIBLE, State.INELIGIBLE, State.APPROVED]
    for state in pending:
        full(world, state)
    day = date(2060, 1, 1)
    clock(monkeypatch, day)
    assert run(day).counts() == {}
    with pytest.raises(RuleRefused) as refusal:
        erase(application=Application.objects.all()[0], by=system(), key=key(), on=day)
    assert refusal.value.codes == ["not_to_erase"]


def test_what_was_credited_once_is_kept_ten_years() -> None:
    assert rule_of(State.WITHDRAWN, ever_credited=True) is CREDITED
    assert rule_of(State.WITHDRAWN, ever_credited=False) is REFUSED
    assert rule_of(State.CANCELLED, ever_credited=False) is CREDITED
    assert rule_of(State.DRAFT, ever_credited=False) is DRAFT


def test_an_open_request_keeps_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    file = full(world, State.CREDITED)
    request = walk.ask_undo(world, file)
    clock(monkeypatch, END_OF_10 + timedelta(days=1))
    assert run(END_OF_10 + timedelta(days=1)).counts() == {}
    with pytest.raises(RuleRefused) as refusal:
        erase(application=file, by=system(), key=key(), on=END_OF_10 + timedelta(days=1))
    assert refusal.value.codes == ["in_request"]
    ReversalRequest.objects.filter(pk=request.pk).update(state="refused")
    assert run(END_OF_10 + timedelta(days=1)).counts()["credited"] == 1


def test_a_draft_its_advisor_deleted_is_forgotten_too(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    file = full(world, State.DRAFT)
    filing.discard(application=file, by=world.advisor, key=key(), on=OPENED_ON)
    assert EventDetail.objects.filter(event__application=file.pk).exists()
    assert history().filter(pgh_obj_id=file.pk).exists()
    last = OPENED_ON + timedelta(days=180)
    clock(monkeypatch, last + timedelta(days=1))
    assert run(last).counts() == {}
    held = holds.hold(fund=world.fund, reason="Litige", by=world.chamber_manager, key=key(), on=last)
    assert run(last + timedelta(days=1)).counts() == {}
    holds.lift_hold(held=held, by=world.chamber_manager, key=key(), on=last)
    assert run(last + timedelta(days=1), dry=True).counts() == {"discarded": 1}
    report = run(last + timedelta(days=1))
    assert report.counts()["discarded"] == 1
    assert report.certificate is not None
    assert not EventDetail.objects.filter(event__application=file.pk).exists()
    assert not history().filter(pgh_obj_id=file.pk).exists()
    assert run(last + timedelta(days=1)).counts() == {}
    assert checking.check_ledger(fund=world.fund, by=system()).faults == 0


def test_books_closed_meanwhile_leave_a_file_for_another_night(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    file = full(world, State.REJECTED)
    day = YEARS_2 + timedelta(days=1)
    clock(monkeypatch, day)
    type(world.fund).objects.filter(pk=world.fund.pk).update(closed_until=day)
    report = run(day)
    assert (report.counts(), report.erased, report.certificate) == ({"refused_now": 1}, [], None)
    assert personal(file)
    assert run(day + timedelta(days=1)).counts() == {"refused_now": 1}
    clock(monkeypatch, day + timedelta(days=1))
    assert run(day + timedelta(days=1)).erased == [file.pk]


def test_only_the_system_erases(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    file = full(world, State.REJECTED)
    day = YEARS_2 + timedelta(days=1)
    clock(monkeypatch, day)
    with pytest.raises(NotAllowed):
        erase(application=file, by=world.landlord_manager, key=key(), on=day)
    same = key()
    first = erase(application=file, by=system(), key=same, on=day)
    assert erase(application=file, by=system(), key=same, on=day) == first
    with pytest.raises(RuleRefused) as refusal:
        check_due(file.pk, day, asked=False)
    assert refusal.value.codes == ["not_to_erase"]


def test_a_business_with_another_file_keeps_its_contacts(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    file = full(world, State.REJECTED)
    walk.draft(world, lease=Lease.objects.filter(tenant=file.tenant).first(), on=YEARS_2)
    clock(monkeypatch, YEARS_2 + timedelta(days=1))
    run(YEARS_2 + timedelta(days=1))
    assert Contact.objects.filter(tenant=file.tenant).exists()
    assert Erasure.objects.filter(application=file).exists()


def test_what_runs_on_many_files_say_of_it_goes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    file, other = full(world, State.REJECTED), walk.walk_to(world, State.SUBMITTED)
    made = {
        "fund": world.fund,
        "by": world.approver,
        "action": Action.REJECT,
        "mode": "each",
        "plan": {"reason": "Des mots."},
    }
    done, failed, others = (BulkRun.objects.create(**made, key=key()) for _n in range(3))
    BulkRun.objects.filter(pk=done.pk).update(finished_at=timezone.now(), plan={})
    told = {
        "position": 1,
        "state": BulkRow.State.REFUSED,
        "codes": ["de_minimis"],
        "sentences": ["Entreprise inventée 1"],
    }
    for run_, of in ((done, file), (failed, file), (others, other)):
        BulkRow.objects.create(run=run_, application=of, **told)
    clock(monkeypatch, YEARS_2 + timedelta(days=1))
    run(YEARS_2 + timedelta(days=1))
    assert Erasure.objects.filter(application=file).exists()
    rows = BulkRow.objects.filter(application=file).values_list("state", "codes", "sentences")
    assert list(rows) == [("refused", ["de_minimis"], [])] * 2
    failed.refresh_from_db()
    assert failed.plan == {}
    assert failed.finished_at is not None
    others.refresh_from_db()
    assert (others.plan, others.finished_at) == (made["plan"], None)
    assert others.rows.get().sentences == told["sentences"]


def test_two_leases_of_one_month_stay_two(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    first = tenant_with_lease(world)
    second = tenant_with_lease(world, tenant=first.tenant)
    file = walk.draft(world, lease=first, lines=[*walk.asks_of(first), *walk.asks_of(second)])
    for step in walk.PATHS[State.REJECTED]:
        file = step(world, file, OPENED_ON)
    clock(monkeypatch, YEARS_2 + timedelta(days=1))
    run(YEARS_2 + timedelta(days=1))
    leases = set(file.lines.values_list("lease__reference", flat=True))
    assert leases == {f"anonyme-{file.pk}-1", f"anonyme-{file.pk}-2"}
    assert file.lines.count() == 6


def test_closing_dates_that_are_missing_count_from_the_creation() -> None:
    world = open_fund()
    file = full(world, State.REJECTED)
    Application.objects.filter(pk=file.pk).update(closed_on=None)
    row = may_be_erased().get(pk=file.pk)
    assert kept(row).since == timezone.localdate(row.created_at)


def test_logs_that_are_not_there_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "LOGS", {READ_LOG.code: ("grants", "NoSuchLog", "at")})
    assert run(date(2060, 1, 1)).counts() == {}


def test_old_rows_of_a_log_go_in_chunks_unless_something_is_on_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rent roll imports stand in for a log: any table with a moment and the right to delete."""
    world = open_fund()
    monkeypatch.setattr(retention, "LOGS", {READ_LOG.code: ("landlords", "RentRollImport", "created_at")})
    monkeypatch.setattr(retention, "LOG_CHUNK", 2)
    today = timezone.localdate()
    for days in (0, 300, 367, 400, 500):
        RentRollImport.objects.create(
            landlord=world.landlord,
            created_at=timezone.now() - timedelta(days=days),
            **dict.fromkeys(("lines", "created", "updated", "unchanged"), 0),
        )
    held = holds.hold(fund=world.fund, reason="Litige", by=world.chamber_manager, key=key())
    assert run(today).counts() == {}
    holds.lift_hold(held=held, by=world.chamber_manager, key=key())
    assert run(today, fund=world.fund).counts() == {}  # a log is of no fund
    assert run(today, dry=True).counts() == {"read_log": 3}
    assert run(today).counts() == {"read_log": 3}
    assert RentRollImport.objects.count() == 2
    assert run(today).counts() == {}


def test_every_rule_has_a_duration_and_a_source() -> None:
    for rule in RULES:
        assert rule.shown()
        assert str(rule.legal)
    assert CREDITED.kept_until(date(2020, 5, 5)) == END_OF_10
    assert DRAFT.kept_until(OPENED_ON) == OPENED_ON + timedelta(days=180)
    assert DRAFT.shown() == "180\u00a0jours"


def test_a_changed_duration_changes_the_version(settings: Any) -> None:
    before = rules_version()
    settings.RETENTION = settings.RETENTION | {"draft": (90, "days")}
    assert rules_version() != before


def test_closed_funds_are_erased_too(monkeypatch: pytest.MonkeyPatch) -> None:
    world = open_fund()
    file = full(world, State.CREDITED)
    fund_action(world, FundAction.CLOSE)
    clock(monkeypatch, END_OF_10 + timedelta(days=1))
    assert run(END_OF_10 + timedelta(days=1), fund=world.fund).erased == [file.pk]
    assert Event.objects.filter(application=file, action="erase").count() == 1
    assert not Event.objects.filter(application=file, action=Action.DISCARD).exists()
