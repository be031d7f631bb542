"""Two versions of a charter side by side: every term, criterion, document and promise, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grants.accounts import read
from grants.document_kinds import kind_label
from grants.eligibility import LABELS, CriterionSpec, Operator
from grants.eligibility.strict_json import MONTH
from grants.enums import AidRegime, CapsBasis, DocumentTiming, SecondVisaSide
from grants.money import euros, percent
from grants.queries import criteria_of
from grants.views.accounts_words import in_words as accounts_in_words
from grants.views.charter_forms import AMOUNTS, COLUMNS, GROUPS, TermsForm
from grants.views.criteria_forms import PARAMETERS, parameters_of
from landlords.enums import Component

if TYPE_CHECKING:
    from grants.models import Charter

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Row:
    """One rule in both versions. `mark`: "" where they agree, else changed, added or removed."""

    label: str
    before: str
    after: str
    help_text: str = ""

    @property
    def mark(self) -> str:
        if self.before == self.after:
            return ""
        if self.before == NOTHING:
            return "added"
        return "removed" if self.after == NOTHING else "changed"


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    rows: Sequence[Row]

    def differing(self) -> "Group":
        """What differs of it."""
        return Group(self.title, [row for row in self.rows if row.mark])


def compare(before: "Charter | None", after: "Charter") -> list[Group]:
    """Every group of rules; without a version before, the rules of the one alone."""
    groups = [Group(str(title), [_term(name, before, after) for name in names]) for title, names in GROUPS]
    criteria = list(_pairs(_criteria(before), _criteria(after)))
    documents = list(_pairs(_documents(before), _documents(after)))
    promises = list(_pairs(_promises(before), _promises(after)))
    return [
        *groups,
        Group(_("Criteria"), criteria),
        Group(_("Documents"), documents),
        Group(_("Landlord's measures"), promises),
        Group(_("Accounts of the books"), list(_pairs(_accounts(before), _accounts(after)))),
    ]


def differences(groups: Sequence[Group]) -> list[Row]:
    return [row for group in groups for row in group.rows if row.mark]


def account_differences(before: "Charter | None", after: "Charter") -> list[Row]:
    """What would be booked otherwise under a version than under the one before it."""
    return [row for row in _pairs(_accounts(before), _accounts(after)) if row.mark] if before else []


def _term(name: str, before: "Charter | None", after: "Charter") -> Row:
    field = TermsForm.base_fields[name]
    then = _with_article(name, before) if before else NOTHING
    return Row(str(field.label), then, _with_article(name, after), str(field.help_text))


def _with_article(name: str, charter: "Charter") -> str:
    """One term in words, and under it the article that sets it."""
    said, article = _said(name, charter), charter.articles.get(name, "")
    return f"{said}\n{article}" if article and said != NOTHING else said


def _said(name: str, charter: "Charter") -> str:
    if name in AMOUNTS:
        cents = getattr(charter, COLUMNS[name])
        return NOTHING if cents is None else euros(cents)
    if name == "rent_call_rate":
        return percent(charter.rent_call_rate_bp)
    value: Any = getattr(charter, name)
    if name in ("first_month", "last_month"):
        return date_format(value, "YEAR_MONTH_FORMAT")
    if name in LISTS:
        return ", ".join(str(LISTS[name](item)) for item in value) or NOTHING
    if name in LABELLED:
        return str(LABELLED[name](value).label)
    if hasattr(value, "isoformat"):
        return date_format(value, "SHORT_DATE_FORMAT")
    return NOTHING if value in (None, "") else str(value)


LABELLED: dict[str, Any] = {
    "caps_basis": CapsBasis,
    "second_visa_side": SecondVisaSide,
    "aid_regime": AidRegime,
}
LISTS: dict[str, Any] = {
    "components": lambda value: Component(value).label,
    "warning_levels": lambda level: percent(level * 100),
}


def _pairs(before: "list[tuple[str, str]]", after: "list[tuple[str, str]]") -> Iterator[Row]:
    """Two lists of (label, words) as rows: those of the same label are compared in order."""
    left = list(before)
    for label, words in after:
        same = next((pair for pair in left if pair[0] == label), None)
        if same:
            left.remove(same)
        yield Row(label, same[1] if same else NOTHING, words)
    for label, words in left:
        yield Row(label, words, NOTHING)


def _criteria(charter: "Charter | None") -> list[tuple[str, str]]:
    return [(str(LABELS[spec.code]), in_words(spec)) for spec in criteria_of(charter)] if charter else []


def in_words(spec: CriterionSpec) -> str:
    """A criterion's parameters and its article, one after the other; a comparison reads as one with its bound."""
    said = []
    comparison = spec.parameters.get("op")
    for name, kind, _needed in parameters_of(spec.code):
        held = spec.parameters.get(name)
        if held in ([], None, "") or name == "op":
            continue
        value = _value(name, kind, held)
        if comparison and name in BOUNDS:
            value = str(Operator(str(comparison)).label) % {"bound": value}
        label = str(PARAMETERS[name]).split(" (", maxsplit=1)[0].split(",", maxsplit=1)[0]
        said.append(_("%(label)s: %(value)s") % {"label": label, "value": value})
    return "\n".join([*(said or [_("applies")]), *([spec.article] if spec.article else [])])


BOUNDS = frozenset({"threshold_bp", "n", "cents"})


def _value(name: str, kind: Any, held: Any) -> str:
    if name.endswith("cents"):
        return euros(held)
    if name.endswith("_bp"):
        return percent(held)
    if isinstance(held, bool):
        return _("yes") if held else _("no")
    choices = dict(getattr(kind.make(), "choices", ()))
    if isinstance(held, list | tuple):
        return ", ".join(str(choices.get(item) or _month_or_text(item)) for item in held)
    shown = kind.from_json(held)
    if hasattr(shown, "isoformat"):
        return date_format(shown, "SHORT_DATE_FORMAT")
    return str(choices.get(held) or _month_or_text(str(shown)))


def _month_or_text(text: str) -> str:
    """`2020-03` reads as March 2020; anything else as it is."""
    if not MONTH.fullmatch(text):
        return text
    return date_format(date(int(text[:4]), int(text[5:]), 1), "YEAR_MONTH_FORMAT")


def _documents(charter: "Charter | None") -> list[tuple[str, str]]:
    if charter is None:
        return []
    article = charter.articles.get("required_documents", "")
    return [
        (
            kind_label(document["kind"]),
            "\n".join(filter(None, [str(DocumentTiming(document["timing"]).label), article])),
        )
        for document in charter.required_documents
    ]


def _accounts(charter: "Charter | None") -> list[tuple[str, str]]:
    return list(accounts_in_words(read(charter.accounts))) if charter else []


def _promises(charter: "Charter | None") -> list[tuple[str, str]]:
    if charter is None:
        return []
    return [
        (promise.text, _("by %(day)s") % {"day": date_format(promise.due_on, "SHORT_DATE_FORMAT")})
        if promise.due_on
        else (promise.text, _("without a date"))
        for promise in charter.commitments.order_by("pk")
    ]
