"""The pages of letters: found, read as a draft, issued, sent, downloaded, checked by anybody; the letterhead."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from grants import tasks
from grants.actions import letter_runs
from grants.actions.letters import issue, issue_statement
from grants.enums import Action, LetterKind, Reading, Role, Side, State
from grants.exceptions import BadInput, KeyReused, NotAllowed, RuleRefused
from grants.letters.due import to_issue
from grants.models import Letter, LetterRun, ReadLog
from grants.views.letters import checking
from landlords.models import Letterhead, Premises
from tests.accounts import log_in
from tests.factories import World, key
from tests.grants import walk
from tests.grants.api.caller import world_of_today
from tests.grants.letters.looks import content, event_of, letterhead, words
from tests.grants.page_text import links, parsed, table, text_of

pytestmark = pytest.mark.django_db

DUE, UNSENT, SENT = "Courriers à établir, les plus anciens d'abord", "Courriers à envoyer, les plus anciens d'abord", ""


def client(world: World, role: str = "landlord_manager") -> Client:
    return log_in(Client(), world.people[role])


def today_file(world: World, state: State) -> Any:
    return walk.walk_to(world, state, on=timezone.localdate())


def show(world: World, name: str = "letters", role: str = "landlord_manager", *args: Any, **query: str) -> Any:
    return client(world, role).get(reverse(f"grants:{name}", args=args or [world.fund.code]), query)


def send(world: World, name: str, role: str = "landlord_manager", **sent: Any) -> Any:
    address = reverse(f"grants:{name}", args=[world.fund.code])
    return client(world, role).post(address, {"key": key()} | sent, follow=True)


def issued(world: World, file: Any, action: Action = Action.APPROVE, role: str = "payer") -> Letter:
    return issue(event=event_of(file, action), by=world.people[role], key=key())


def test_from_the_list_of_those_due_to_the_list_of_those_sent() -> None:
    world = world_of_today()
    file = today_file(world, State.APPROVED)
    event = event_of(file, Action.APPROVE)
    page = show(world)
    assert [row[1:3] for row in table(page, DUE)] == [[f"{file.tenant} {file.reference}", "Notification d'accord"]]
    assert "À établir (1)" in text_of(page)
    assert reverse("grants:letter_preview", args=[event.uuid]) in links(page)
    page = send(world, "issue_letters", chosen=[event.pk], language="en")
    assert "1 courrier a été établi : il est maintenant à envoyer." in text_of(page)
    letter = Letter.objects.get()
    assert letter.language == "en"
    assert [row[1] for row in table(page, UNSENT)] == ["Notification d'accord n° 1"]
    page = send(world, "send_letters", chosen=[letter.pk], channel="post", sent_on=timezone.localdate().isoformat())
    assert "L'envoi de 1 courrier est enregistré." in text_of(page)
    row = table(show(world, etat="envoyes"), "Courriers envoyés, les derniers d'abord")[0]
    assert "par courrier postal" in row[4]
    assert str(world.landlord_manager) in row[4]


def test_what_is_wrong_is_said_and_what_was_ticked_stays_ticked() -> None:
    world = world_of_today()
    file = today_file(world, State.APPROVED)
    event = event_of(file, Action.APPROVE)
    assert "Cochez au moins un courrier dans la liste." in text_of(send(world, "issue_letters"))
    assert "Cochez 50 courriers au plus." in text_of(send(world, "issue_letters", chosen=list(range(1, 60))))
    page = send(world, "issue_letters", "advisor", chosen=[event.pk])
    assert page.status_code == 422
    assert "Cette étape est réservée à" in text_of(page)
    assert not Letter.objects.exists()
    letter = issued(world, file)
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    page = send(world, "send_letters", chosen=[letter.pk], channel="email", sent_on=tomorrow)
    assert page.status_code == 422
    assert "au plus tard aujourd'hui" in text_of(page)
    ticked = [
        one.get("value")
        for one in parsed(page).iter("input")
        if one.get("name") == "chosen" and one.get("checked") is not None
    ]
    assert ticked == [str(letter.pk)]
    assert send(world, "send_letters", chosen=[letter.pk], channel="post").status_code == 422


def test_of_several_those_that_can_be_issued_are() -> None:
    world = world_of_today()
    award, refusal = today_file(world, State.APPROVED), today_file(world, State.REJECTED)
    chosen = [
        event_of(award, Action.APPROVE).pk,
        event_of(award, Action.SUBMIT).pk,
        event_of(refusal, Action.REJECT).pk,
    ]
    today_file(world, State.SUBMITTED)
    page = send(world, "issue_letters", chosen=chosen)
    assert page.status_code == 422
    assert "2 courriers ont tout de même été établis." in text_of(page)
    first, second = Letter.objects.order_by("pk")
    given = {"channel": "post", "sent_on": timezone.localdate().isoformat()}
    assert send(world, "send_letters", chosen=[first.pk], **given).status_code == 200
    page = send(world, "send_letters", chosen=[first.pk, second.pk], **given)
    assert "L'envoi de 1 courrier a tout de même été enregistré." in text_of(page)


def test_from_the_files_page_and_back_to_it() -> None:
    world = world_of_today()
    file = today_file(world, State.APPROVED)
    page = show(world, "application", "payer", file.uuid)
    assert "Projet : notification d'accord" in text_of(page)
    page = send(world, "issue_letters", "payer", chosen=[event_of(file, Action.APPROVE).pk], dossier=str(file.uuid))
    assert "Notification d'accord, n° 1 daté du" in " ".join(text_of(page).split())
    assert "Courrier établi : notification d'accord" in text_of(page)
    other = event_of(today_file(world, State.APPROVED), Action.APPROVE)
    assert send(world, "issue_letters", "payer", chosen=[other.pk], dossier="x").status_code == 200


def test_what_is_to_send_is_printed_from_one_file() -> None:
    world = world_of_today()
    letter = issued(world, today_file(world, State.APPROVED))
    for query, kind in (({}, ""), ({"lettre": "award"}, "award")):
        (address,) = (
            one for one in links(show(world, etat="a-envoyer", **query)) if "/exports/nouveau/letters/" in one
        )
        form = client(world).get(address).context["form"]
        asked = {name: form[f"option_{name}"].value() or "" for name in ("format", "sent", "kind")}
        assert asked == {"format": "print_both_sides", "sent": "no", "kind": kind}
    assert "Recto verso, chaque courrier commence sur une nouvelle feuille." in text_of(client(world).get(address))
    given = {f"option_{name}": value for name, value in asked.items()} | {"key": key()}
    page = client(world).post(address, given, follow=True)
    assert f"courriers-{letter.number:05d}-{letter.number:05d}.pdf" in text_of(page)


def test_a_letter_that_no_post_carries_says_so_until_it_has_left() -> None:
    world, sentence = world_of_today(), "la poste ne peut acheminer ce courrier"
    files = [today_file(world, State.APPROVED) for _n in range(2)]
    places = Premises.objects.filter(leases__relief_lines__application=files[0])
    places.update(commune="")
    assert text_of(show(world)).count(sentence) == 1
    letters = [issued(world, file) for file in files]
    assert [row.is_unaddressed for row in show(world, etat="a-envoyer").context["rows"]] == [True, False]
    places.update(commune="Creil")
    assert sentence not in text_of(show(world, etat="a-envoyer"))
    places.update(commune="")
    sent = {"channel": "handed_over", "sent_on": timezone.localdate().isoformat()}
    send(world, "send_letters", chosen=[letter.pk for letter in letters], **sent)
    assert Letter.objects.filter(channel="handed_over").count() == 2
    assert sentence not in text_of(show(world, etat="envoyes"))


def test_what_was_ticked_and_is_gone_is_told() -> None:
    """Erased meanwhile, or another landlord's: nothing was done, and nothing says that it was."""
    world, stranger = world_of_today(), world_of_today()
    event = event_of(today_file(world, State.APPROVED), Action.APPROVE)
    theirs = today_file(stranger, State.APPROVED)
    page = send(world, "issue_letters", chosen=[event.pk, event_of(theirs, Action.APPROVE).pk, 10**9])
    assert page.status_code == 422
    assert "2 courriers cochés ne sont plus là : rien n'a été fait." in text_of(page)
    assert "1 courrier a tout de même été établi." in text_of(page)
    letter, sent = issued(stranger, theirs), {"channel": "post", "sent_on": timezone.localdate().isoformat()}
    for step in ("send_letters", "set_aside_letters"):
        page = send(world, step, chosen=[letter.pk], **sent)
        assert page.status_code == 422
        assert "1 courrier coché n'est plus là : rien n'a été fait." in text_of(page)
    assert Letter.objects.filter(sent_on=None, set_aside_on=None).count() == 2


def test_the_landlord_sees_none_of_the_chambers_letters() -> None:
    world = world_of_today()
    file = today_file(world, State.INFO_REQUESTED)
    event = event_of(file, Action.REQUEST_INFO)
    letter = issued(world, file, Action.SUBMIT, "advisor")
    for role, status in (("advisor", 200), ("landlord_manager", 404), ("approver", 404)):
        assert show(world, "letter_preview", role, event.uuid).status_code == status
        assert show(world, "letter", role, letter.uuid).status_code == status
    assert "Demande de complément" not in text_of(show(world))
    assert "Demande de complément" in text_of(show(world, role="advisor"))
    auditor = walk.join(world, "auditor2", Side.EXTERNAL, Role.AUDITOR)
    assert log_in(Client(), auditor).get(reverse("grants:letter", args=[letter.uuid])).status_code == 200


def test_the_draft_is_marked_and_in_the_language_asked_for() -> None:
    world = world_of_today()
    file = today_file(world, State.APPROVED)
    event = event_of(file, Action.APPROVE)
    answer = show(world, "letter_preview", "payer", event.uuid, langue="en")
    assert answer["Content-Type"] == "application/pdf"
    assert "Your request for relief is granted" in words(answer.content)
    assert "DRAFT" in words(answer.content)
    assert "PROJET" in words(show(world, "letter_preview", "payer", event.uuid, langue="xx").content)
    assert show(world, "letter_preview", "payer", event_of(file, Action.CREATE).uuid).status_code == 404
    assert ReadLog.objects.filter(filter_text="draft of award").count() == 2


def test_the_copy_is_downloaded_byte_for_byte_and_the_read_is_logged() -> None:
    world = world_of_today()
    letter = issued(world, today_file(world, State.APPROVED))
    answer = show(world, "letter", "payer", letter.uuid)
    assert b"".join(answer.streaming_content) == content(letter)
    assert answer["Content-Disposition"] == f'attachment; filename="{letter.name}"'
    assert ReadLog.objects.filter(what=Reading.DOCUMENT, object_uuid=letter.uuid).exists()
    letter.file.storage.delete(letter.file.name)
    assert show(world, "letter", "payer", letter.uuid).status_code == 404


def test_the_receipt_on_paper_is_the_issued_letter_once_there_is_one() -> None:
    world = world_of_today()
    file = today_file(world, State.SUBMITTED)
    plain = words(show(world, "receipt_paper", "advisor", file.uuid).content)
    assert "Accusé de dépôt" in plain
    assert "PROJET" not in plain
    assert "/verifier/" not in plain
    letter = issued(world, file, Action.SUBMIT, "advisor")
    assert show(world, "receipt_paper", "advisor", file.uuid).content == content(letter)


def check(code: str = "") -> Any:
    address = reverse("grants:check_letter", args=[code]) if code else reverse("grants:check")
    return Client().get(address)


def test_anybody_checks_a_letter_and_learns_nobodys_name() -> None:
    world = world_of_today()
    file = today_file(world, State.APPROVED)
    letter = issued(world, file)
    address = next(word for word in words(content(letter)).split() if "/verifier" in word)
    assert address.endswith("/verifier/") or "/verifier/" in address
    grouped = "-".join(letter.code[n : n + 5] for n in range(0, 20, 5))
    for typed in (letter.code, grouped, grouped.lower()):
        page = check(typed)
        said = text_of(page)
        assert page.status_code == 200
        assert "Ce courrier est authentique" in said
        assert letter.sha256 in said
        assert "1 500,00 €" in said
        assert world.landlord.name in said
    for hidden in (file.tenant.legal_name, file.reference, file.tenant.siret, str(world.advisor)):
        assert hidden not in page.content.decode()
    assert Client().get(reverse("grants:check"), {"code": f" {grouped} "}, follow=True).status_code == 200


def test_an_unknown_code_is_told_what_to_do() -> None:
    for page in (
        check("AAAAA-BBBBB-CCCCC-DDDDD"),
        check("x"),
        Client().get(reverse("grants:check"), {"code": "!!"}, follow=True),
    ):
        assert page.status_code == 404
        assert "Saisissez-le de nouveau tel qu'il figure au pied du courrier" in text_of(page)
    assert check().status_code == 200


def test_codes_are_not_tried_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "RATE", "2/m/ip")
    assert [check("AAAAA-BBBBB-CCCCC-DDDDD").status_code for _n in range(3)] == [404, 404, 429]


def picture(size: tuple[int, int] = (600, 200), kind: str = "PNG") -> SimpleUploadedFile:
    drawn = io.BytesIO()
    Image.new("RGB", size, "#12545c").save(drawn, kind)
    return SimpleUploadedFile(f"logo.{kind.lower()}", drawn.getvalue(), f"image/{kind.lower()}")


TEXTS = {"language": "fr", "place": "Beauvais", "contact_phone": "03 44 00 00 00", "signatory_name": "Claire Vasseur"}


def test_the_letterhead_is_set_by_the_landlords_manager_and_shown_on_an_invented_letter() -> None:
    world = world_of_today()
    assert "Cette étape est réservée à" in text_of(show(world, "letterhead", "advisor"))
    for _pressed in range(2):
        page = send(world, "letterhead", logo=picture(kind="JPEG"), key="k", **TEXTS)
    assert "Le papier à en-tête est réglé." in text_of(page)
    held = Letterhead.objects.get()
    assert bytes(held.logo).startswith(b"\xff\xd8")
    shown = words(show(world, "letterhead_preview").content)
    assert "Claire Vasseur" in shown
    assert "PROJET" in shown
    send(world, "letterhead", **TEXTS | {"signatory_name": "Jean Dupont"})
    held.refresh_from_db()
    assert held.signatory_name == "Jean Dupont"
    assert held.logo
    send(world, "letterhead", no_logo="on", **TEXTS)
    held.refresh_from_db()
    assert not held.logo
    assert send(world, "letterhead", "approver", **TEXTS).status_code == 422


@pytest.mark.parametrize(
    "given",
    [
        SimpleUploadedFile("logo.png", b"no picture"),
        SimpleUploadedFile("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        picture(kind="GIF"),
        picture((7000, 6000)),
        SimpleUploadedFile("logo.png", b"\x89PNG" + b"0" * (2 * 1024 * 1024)),
    ],
)
def test_what_is_no_logo_is_refused_at_its_field(given: SimpleUploadedFile) -> None:
    world = world_of_today()
    page = send(world, "letterhead", logo=given, **TEXTS)
    assert page.status_code == 422
    (field,) = (one for one in parsed(page).iter("p") if one.get("id") == "id_logo_error")
    assert field.text
    assert "03 44 00 00 00" in page.content.decode()
    assert not Letterhead.objects.exists()


def test_a_logo_larger_than_is_seen_is_made_smaller() -> None:
    world = world_of_today()
    send(world, "letterhead", logo=picture((3000, 3000)), **TEXTS)
    with Image.open(io.BytesIO(bytes(Letterhead.objects.get().logo))) as kept:
        assert kept.size == (240, 240)
    letter = issued(world, today_file(world, State.APPROVED))
    assert b"/Image" in content(letter)


def test_the_boards_statement_as_a_draft_and_as_a_letter() -> None:
    world = world_of_today()
    today_file(world, State.CREDITED)
    asked = {"as_at": timezone.localdate().isoformat(), "language": "fr"}
    assert "PROJET" in words(show(world, "statement_preview", **asked).content)
    assert show(world, "statement_preview", as_at="2999-01-01", language="fr").status_code == 404
    assert "Cette étape est réservée à" in text_of(show(world, "statement", "advisor"))
    page = send(world, "statement", **asked)
    assert "Le courrier n° 1 est établi." in text_of(page)
    page = send(world, "statement", **asked | {"as_at": (timezone.localdate() + timedelta(days=1)).isoformat()})
    assert page.status_code == 422
    assert "ne peut pas être à venir" in text_of(page)


def test_all_of_a_kind_are_issued_by_a_job_that_goes_on_where_it_was(django_capture_on_commit_callbacks: Any) -> None:
    world = world_of_today()
    files = [today_file(world, State.REJECTED) for _n in range(3)]
    page = show(world, lettre="refusal")
    assert "Établir les 3 courriers" in text_of(page)
    page = send(world, "issue_every_letter", kind="refusal", key="k")
    run = LetterRun.objects.get()
    assert "En cours : 0 sur 3" in text_of(page)
    issued(world, files[1], Action.REJECT)
    later = today_file(world, State.REJECTED)
    done = letter_runs.carry_out(run.pk)
    assert (done.done, done.total, done.refused) == (2, 3, [])
    assert letter_runs.carry_out(run.pk).done == 2
    assert list(to_issue(world.fund, [LetterKind.REFUSAL])) == [event_of(later, Action.REJECT)]
    assert send(world, "issue_every_letter", kind="refusal", key="k").redirect_chain[0][0].endswith(f"{run.uuid}/")
    told = text_of(show(world, "letter_run", "landlord_manager", run.uuid))
    assert "Terminé : 2 courriers sur 3 sont établis." in told
    assert "1 courrier a été établi entre-temps par quelqu'un d'autre, ou n'est plus à établir." in told
    assert show(world, "letter_run", "payer", run.uuid).status_code == 404
    part = client(world).get(reverse("grants:letter_run", args=[run.uuid]), headers={"HX-Request": "true"})
    assert b"<html" not in part.content


def test_a_run_with_more_refusals_than_are_kept_counts_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of_today()
    for _n in range(2):
        today_file(world, State.REJECTED)
    run = letter_runs.start(fund=world.fund, kind=LetterKind.REFUSAL, by=world.landlord_manager, key=key())
    world.fund.members.filter(user=world.landlord_manager).update(ends_on=timezone.localdate() - timedelta(days=1))
    monkeypatch.setattr(letter_runs, "MOST_REFUSALS", 1)
    letter_runs.carry_out(run.pk)
    world.fund.members.filter(user=world.landlord_manager).update(ends_on=None)
    told = text_of(show(world, "letter_run", "landlord_manager", run.uuid))
    assert "0 courrier sur 2" in told
    assert "entre-temps" not in told


def test_a_run_tells_what_it_could_not_issue() -> None:
    world = world_of_today()
    file = today_file(world, State.REJECTED)
    run = letter_runs.start(fund=world.fund, kind=LetterKind.REFUSAL, by=world.payer, key=key())
    world.fund.members.filter(user=world.payer).update(ends_on=timezone.localdate() - timedelta(days=1))
    done = letter_runs.carry_out(run.pk)
    assert done.done == 0
    assert done.refused[0]["file"] == file.reference
    assert "réservée" in done.refused[0]["why"]


def test_what_is_no_run() -> None:
    world = world_of_today()
    with pytest.raises(RuleRefused, match="Aucun courrier de ce type"):
        letter_runs.start(fund=world.fund, kind=LetterKind.REFUSAL, by=world.payer, key="k")
    today_file(world, State.REJECTED)
    today_file(world, State.APPROVED)
    with pytest.raises(NotAllowed):
        letter_runs.start(fund=world.fund, kind=LetterKind.REFUSAL, by=world.advisor, key="k")
    with pytest.raises(BadInput):
        letter_runs.start(fund=world.fund, kind=LetterKind.REFUSAL, by=world.payer, key="k" * 181)
    letter_runs.start(fund=world.fund, kind=LetterKind.REFUSAL, by=world.payer, key="k")
    with pytest.raises(KeyReused):
        letter_runs.start(fund=world.fund, kind=LetterKind.AWARD, by=world.payer, key="k")
    page = send(world, "issue_every_letter", "advisor", kind="refusal")
    assert page.status_code == 422
    assert send(world, "issue_every_letter", kind="x").status_code == 422


def test_a_run_whose_worker_died_is_taken_up_again() -> None:
    world = world_of_today()
    today_file(world, State.REJECTED)
    run = letter_runs.start(fund=world.fund, kind=LetterKind.REFUSAL, by=world.payer, key=key())
    assert letter_runs.left_behind() == []
    LetterRun.objects.update(told_at=timezone.now() - timedelta(hours=1))
    assert letter_runs.left_behind() == [run.pk]
    tasks.carry_on_letters(0)
    assert letter_runs.left_behind() == []
    tasks.issue_letters(run.pk)
    assert Letter.objects.count() == 1


def test_pages_follow_one_another() -> None:
    world = world_of_today()
    files = [today_file(world, State.APPROVED) for _n in range(2)]
    letters = [issued(world, file) for file in files]
    for tab, after in (("a-envoyer", letters[0].pk), ("envoyes", letters[1].pk)):
        assert show(world, etat=tab, apres=str(after)).status_code == 200
    assert show(world, etat="x", lettre="x", apres="x").status_code == 200


def test_as_many_queries_for_three_letters_as_for_one(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    world = world_of_today()
    person = client(world)
    for count in (1, 2):
        for _n in range(count):
            today_file(world, State.REJECTED)
            issued(world, today_file(world, State.APPROVED))
        for tab, queries in QUERIES.items():
            with django_assert_num_queries(queries):
                person.get(reverse("grants:letters", args=[world.fund.code]), {"etat": tab})


# Of those to send it is asked what still holds.
QUERIES = {"a-etablir": 12, "a-envoyer": 15, "envoyes": 11, "ecartes": 11}


def test_a_statement_is_no_tenants(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    world = world_of_today()
    issue_statement(fund=world.fund, as_at=timezone.localdate(), by=world.landlord_manager, key=key())
    letterhead(world.landlord)
    assert world.fund.name in table(show(world, etat="a-envoyer"), UNSENT)[0][2]
