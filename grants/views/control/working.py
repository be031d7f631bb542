"""The sheets of a sample, as their reader may read them, in a fixed number of queries however many there are."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from fundadmin.models import User
from grants.control.leaf import Leaf, Paper, Step, WorkingPapers
from grants.control.results import projection_of, redrawn
from grants.desk import dossier
from grants.document_kinds import kind_label
from grants.eligibility import FACTS, facts_from_json
from grants.models import Application, Assessment, Event, LedgerEntry, ReliefLine, Sample, SampleItem
from grants.views.deciding.facts import fact_texts
from grants.visibility import (
    Reader,
    documents_visible_to,
    samples_visible_to,
    visible_assessment,
    visible_facts,
    visible_note,
)

WITH_CAUSES: Final = ("application__tenant", "application__charter", "line__lease", "found_by")


def sample_for(user: User, uuid: Any) -> Sample:
    """Raises Http404 for a sample that is not this person's to read."""
    return get_object_or_404(samples_visible_to(user), uuid=uuid)


def items_of(sample: Sample) -> QuerySet[SampleItem]:
    return SampleItem.objects.filter(sample=sample).select_related(*WITH_CAUSES).order_by("position")


def working_papers(sample: Sample, user: User, reader: Reader) -> WorkingPapers:
    items = list(items_of(sample))
    again = redrawn(sample, items)
    return WorkingPapers(sample, projection_of(sample, items), again, leaves(sample, items, user, reader))


def leaves(sample: Sample, items: Sequence[SampleItem], user: User, reader: Reader) -> list[Leaf]:
    files = {item.application_id for item in items}
    lines = by(ReliefLine.objects.filter(application__in=files).select_related("lease"), "application_id")
    entries = by(
        LedgerEntry.objects.filter(application__in=files).select_related("relief_line__lease").order_by("number"),
        "application_id",
    )
    events = by(
        Event.objects.filter(application__in=files).select_related("user", "detail").order_by("pk"), "application_id"
    )
    opinions = by(
        Assessment.objects.filter(application__in=files).select_related("by").order_by("pk"), "application_id"
    )
    documents = by(documents_visible_to(user).filter(application__in=files).order_by("pk"), "application_id")
    made = []
    for item in items:
        file = item.application
        approved = {line.pk: line.approved_cents for line in lines[file.pk]}
        is_its: Callable[[Any], bool] = lambda pk, item=item: item.line_id in (None, pk)  # noqa: E731
        made.append(
            Leaf(
                item=item,
                file=file,
                lines=sorted((one for one in lines[file.pk] if is_its(one.pk)), key=lambda one: one.place),
                facts=facts_of(file, reader),
                assessment=visible_assessment(opinions[file.pk][-1], reader) if opinions[file.pk] else None,
                history=[step_of(dossier.told(event, reader, approved)) for event in events[file.pk]],
                entries=[one for one in entries[file.pk] if is_its(one.relief_line_id)],
                papers=[paper_of(document) for document in documents[file.pk]],
                note=visible_note(item, sample, reader),
            )
        )
    return made


def by(rows: Iterable[Any], column: str) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found


def facts_of(file: Application, reader: Reader) -> list[tuple[str, Sequence[str]]]:
    """What was declared, in words, less what is not this reader's; and what it rests on."""
    shown = visible_facts(file.facts, reader, mandate=file.mandate_on is not None)
    declared = facts_from_json(shown)
    found = []
    for name in (name for name in shown if name in FACTS):
        proof = declared.evidence.get(name)
        proven = [_("Evidence: %(proof)s") % {"proof": proof.label}] if proof else []
        found.append((str(FACTS[name].label), [*fact_texts(name, getattr(declared, name)), *proven]))
    return found


def step_of(told: dossier.Told) -> Step:
    """A step in the words of the file's history."""
    words = [str(word) for word in (told.motive, told.text, ", ".join(told.facts)) if word]
    return Step(told.event.on, told.event.done(), str(told.event.user), told.amount_cents, words)


def paper_of(document: Any) -> Paper:
    return Paper(document.uuid, document.name, kind_label(document.kind), document.size, document.sha256)
