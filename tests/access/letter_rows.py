"""The pages of letters: the chamber's own are as what only the chamber reads, the rest both sides'."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from grants.actions import letter_runs
from grants.actions.letters import issue
from grants.enums import Action, LetterKind, State
from grants.models import Event, Letter, LetterRun
from tests.access.people import NOBODY
from tests.access.rows import Row, code, one, open_to_all, page, write
from tests.access.scene import Scene
from tests.factories import key


def event(scene: Scene, state: State, action: Action) -> Event:
    return Event.objects.filter(application=scene.files[state], action=action).latest("pk")


def award(scene: Scene) -> Event:
    return event(scene, State.CREDITED, Action.APPROVE)


def letter(scene: Scene) -> str:
    """An award, issued when it is first asked for."""
    found = Letter.objects.filter(event=award(scene)).first()
    return str((found or issue(event=award(scene), by=scene.world.payer, key=key())).uuid)


def run(scene: Scene) -> str:
    found = LetterRun.objects.filter(fund=scene.world.fund).first()
    if found is None:
        found = letter_runs.start(fund=scene.world.fund, kind=LetterKind.REFUSAL, by=scene.world.payer, key=key())
    return str(found.uuid)


def chosen(scene: Scene) -> dict[str, Any]:
    return {"key": key(), "chosen": [award(scene).pk], "channel": "post", "sent_on": "2020-05-05", "kind": "award"}


def draft(scene: Scene) -> str:
    return reverse("grants:letter_preview", args=[award(scene).uuid])


def statement_draft(scene: Scene) -> str:
    return page("grants:statement_preview", code)(scene) + "?as_at=2020-05-05&language=fr"


LETTERS: Mapping[str, Row] = {
    "grants:letters": one(page("grants:letters", code)),
    # Who may issue or send which letter is the action's answer, in a sentence (tests/grants/letters).
    "grants:issue_letters": write(page("grants:issue_letters", code), chosen),
    "grants:issue_every_letter": write(page("grants:issue_every_letter", code), chosen),
    "grants:send_letters": write(page("grants:send_letters", code), chosen),
    "grants:set_aside_letters": write(page("grants:set_aside_letters", code), chosen),
    "grants:statement": one(page("grants:statement", code)),
    "grants:statement_preview": one(
        lambda scene: page("grants:statement_preview", code)(scene) + "?as_at=2020-05-05&language=fr"
    ),
    "grants:letterhead": one(page("grants:letterhead", code)),
    "grants:letterhead_preview": one(page("grants:letterhead_preview", code)),
    "grants:letter": one(page("grants:letter", letter)),
    "grants:letter_preview": one(draft),
    # The person who pressed sees it (tests/grants/letters/test_pages.py).
    "grants:letter_run": one(page("grants:letter_run", run), own=NOBODY),
    "grants:check": open_to_all(page("grants:check"), 200),
    "grants:check_letter": open_to_all(page("grants:check_letter", lambda _scene: "AAAAA"), 404),
}
