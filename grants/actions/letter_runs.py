"""All letters of a kind as a job: kept with what is to do, carried out in chunks, told as it goes.

A letter is issued once per event, so a run that is taken up again goes on where it was. Memory does not grow with the
number of letters: fifty are read at a time and printed one by one.
"""

from typing import TYPE_CHECKING, Final, cast

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from grants.actions import work
from grants.actions.letters import actors_of, issue
from grants.actions.readable import check_readable
from grants.actions.turn import KEY_REUSED
from grants.enums import LetterKind
from grants.exceptions import ActionRefused, BadInput, Breach, KeyReused, NotAllowed, RuleRefused
from grants.letters.due import to_issue
from grants.models import Application, Event, Fund, LetterRun
from grants.permissions import holds, memberships, role_missing_in_fund

if TYPE_CHECKING:
    from fundadmin.models import User

QUEUE, TASK = "bulk", "grants.tasks.issue_letters"
PRIORITY: Final = 5
"""Below what somebody decides meanwhile."""
CHUNK: Final = 50
KEY_LIMIT: Final = 180
MOST_REFUSALS: Final = 200
"""Refusals that a run tells one by one; the rest stay in the list of letters to issue."""


def start(*, fund: Fund, kind: LetterKind, by: "User", key: str, language: str = "") -> LetterRun:
    """Keep the run and defer its job; the same key again returns the same run."""
    check_readable(key, None, {})
    if len(key) > KEY_LIMIT:
        raise BadInput([Breach("key", _("This key is too long."), pointer="key")])
    if not holds(memberships(by, fund.pk, timezone.localdate()), actors_of(kind)):
        raise NotAllowed([role_missing_in_fund(actors_of(kind))])
    due = to_issue(fund, [kind])
    with transaction.atomic():
        known = LetterRun.objects.filter(by=by, key=key).first()
        if known:
            if (known.fund_id, known.kind) != (fund.pk, kind):
                raise KeyReused([KEY_REUSED])
            return known
        last = due.order_by("-pk").values_list("pk", flat=True).first()
        if last is None:
            raise RuleRefused([Breach("no_letters", _("No letter of this kind is to issue."))])
        run = LetterRun.objects.create(
            fund=fund, by=by, key=key, kind=kind, language=language, last_event=last, total=due.count()
        )
        app.configure_task(TASK, queue=QUEUE, priority=PRIORITY).defer(run=run.pk)
    return run


def carry_out(run_id: int) -> LetterRun:
    """Issue what is still to issue of a run. A finished one is left as it is, and one that somebody is at."""
    with work.held(work.Lock.LETTERS, run_id) as is_ours:
        return _carry_out(run_id) if is_ours else LetterRun.objects.get(pk=run_id)


def _carry_out(run_id: int) -> LetterRun:
    run = LetterRun.objects.select_related("by", "fund").get(pk=run_id)
    if run.finished_at is not None:
        return run
    LetterRun.objects.filter(pk=run_id).update(told_at=timezone.now(), attempts=F("attempts") + 1)
    with translation.override(settings.LANGUAGE_CODE):
        after = 0
        while chunk := next_chunk(run, after):
            after = chunk[-1].pk
            _issue(run, chunk)
    LetterRun.objects.filter(pk=run_id).update(finished_at=timezone.now())
    return LetterRun.objects.get(pk=run_id)


def next_chunk(run: LetterRun, after: int) -> list[Event]:
    due = to_issue(run.fund, [LetterKind(run.kind)])
    return list(due.filter(pk__gt=after, pk__lte=run.last_event).select_related("application")[:CHUNK])


def _issue(run: LetterRun, chunk: list[Event]) -> None:
    """Each in a transaction of its own; what is refused leaves the others issued.

    What an earlier try was refused is tried again: only the last refusal of a letter is told.
    """
    refused: list[dict[str, object]] = []
    done = 0
    for event in chunk:
        try:
            issue(event=event, language=run.language, by=run.by, key=f"{run.key}:{event.pk}")
        except ActionRefused as refusal:
            sentences = [str(breach) for breach in refusal.breaches]
            file = cast("Application", event.application)  # What asks for a letter was done to a file.
            about = {"event": event.pk, "file": file.reference, "uuid": str(file.uuid)}
            refused.append({**about, "why": " ".join(sentences)})
        else:
            done += 1
    tried = {event.pk for event in chunk}
    kept = [one for one in LetterRun.objects.get(pk=run.pk).refused if one.get("event") not in tried]
    LetterRun.objects.filter(pk=run.pk).update(
        done=F("done") + done, refused=[*kept, *refused][:MOST_REFUSALS], told_at=timezone.now()
    )


def left_behind() -> list[int]:
    """The runs whose worker died, and those whose job was lost: to be carried out again."""
    return work.left_behind(LetterRun.objects.filter(finished_at=None))
