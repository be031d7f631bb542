"""A charter version's terms as people type them: each with one sentence that says what it decides."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from grants.actions.version_rules import ARTICLE_LENGTH, Promise
from grants.document_kinds import kind_label, kind_of
from grants.enums import AidRegime, CapsBasis, DocumentTiming, SecondVisaSide
from grants.forms import DayInput, EuroField, KeyedForm, count_of
from landlords.enums import Component

if TYPE_CHECKING:
    from grants.models import Charter

CENT: Final = Decimal("0.01")
BLANK_ROWS: Final = 2


def _day(label: Any, help_text: Any) -> forms.DateField:
    return forms.DateField(label=label, help_text=help_text, widget=DayInput())


def _euros(label: Any, help_text: Any, *, required: bool = False, least: Decimal = CENT) -> EuroField:
    return EuroField(
        label=label,
        help_text=help_text,
        required=required,
        max_digits=14,
        decimal_places=2,
        min_value=least,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )


def _days(label: Any, help_text: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, min_value=1, max_value=3650)


def _month(label: Any, help_text: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
        input_formats=["%Y-%m", "%m/%Y"],
        widget=forms.DateInput(format="%Y-%m", attrs={"type": "month"}),
    )


class TermsForm(KeyedForm):
    """The terms of a version, in the groups of GROUPS."""

    signed_on = _day(_("Signed on"), _("The day on which both parties signed the charter or its amendment."))
    starts_on = _day(_("In force from"), _("From this day on, what is filed is judged by this version."))
    ends_on = _day(_("In force until"), _("After this day nothing can be filed or decided any more."))
    filing_deadline = _day(_("Filing deadline"), _("Applications can be filed up to this day, included."))

    first_month = _month(_("First month"), _("No month before this one can be relieved."))
    last_month = _month(_("Last month"), _("No month after this one can be relieved."))
    max_months = forms.IntegerField(
        label=_("Months at most"),
        required=False,
        min_value=1,
        max_value=120,
        help_text=_("So many months for one business, over all of its applications; empty: no limit."),
    )
    components = forms.MultipleChoiceField(
        label=_("What can be relieved"),
        choices=Component.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only these parts of a rent call can be asked for."),
    )
    rent_call_rate = forms.DecimalField(
        label=_("Share of the rent call, in percent"),
        max_digits=5,
        decimal_places=2,
        min_value=CENT,
        max_value=100,
        localize=True,
        help_text=_("At most this share of each rent call is relieved; 100 is all of it."),
    )

    ceiling = _euros(
        _("Ceiling of the fund"), _("The fund never endows more than this, whatever happens."), required=True
    )
    cap_per_siren = _euros(_("Cap per business"), _("One business (SIREN) never gets more than this; empty: no cap."))
    cap_per_lease = _euros(_("Cap per lease"), _("One lease never gets more than this; empty: no cap."))
    caps_basis = forms.ChoiceField(
        label=_("Amounts are"), choices=CapsBasis.choices, help_text=_("How amounts asked and caps are counted.")
    )
    warning_levels = forms.CharField(
        label=_("Warning levels, in percent"),
        required=False,
        max_length=60,
        help_text=_("When so much of the ceiling is used, managers and approvers are told: 80, 95."),
    )

    second_visa_threshold = _euros(
        _("Two visas above"),
        _("Above this total for one business two people give their visa; 0: always; empty: never."),
        least=Decimal(0),
    )
    second_visa_side = forms.ChoiceField(
        label=_("Second visa given by"),
        choices=SecondVisaSide.choices,
        help_text=_("The party whose approver gives the second visa."),
    )
    reservation_days = _days(
        _("Reservation, in days"), _("A favourable opinion holds the money so long; then it goes back to the fund.")
    )
    offer_days = _days(_("Offer, in days"), _("Freed money is kept so long for the first on the waiting list."))
    info_days = _days(_("Time to answer, in days"), _("So long to send the information that was asked for."))
    reply_days = _days(
        _("Time to reply, in days"), _("So long for the business to reply before a credit is reversed against it.")
    )
    reexamination_days = _days(_("Re-examination, in days"), _("So long after its end an application can be reopened."))

    aid_regime = forms.ChoiceField(
        label=_("Aid regime"), choices=AidRegime.choices, help_text=_("Whether State-aid rules govern the money.")
    )
    aid_regime_justification = forms.CharField(
        label=_("Why this regime"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Auditors read it: whose money it is, and why these rules hold or don't."),
    )

    places = {
        "ceiling_cents": "ceiling",
        "cap_per_siren_cents": "cap_per_siren",
        "cap_per_lease_cents": "cap_per_lease",
        "second_visa_threshold_cents": "second_visa_threshold",
        "rent_call_rate_bp": "rent_call_rate",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ARTICLES:
            about = self.fields[name].label if name in self.fields else _("Documents")
            self.fields[f"article_{name}"] = forms.CharField(
                label=gettext("Article: %(term)s") % {"term": about},
                required=False,
                max_length=ARTICLE_LENGTH,
                widget=forms.TextInput(attrs={"placeholder": "art. 4"}),
            )

    def clean_warning_levels(self) -> list[int]:
        parts = self.cleaned_data["warning_levels"].replace("%", " ").replace(",", " ").replace(";", " ").split()
        if not all(part.isascii() and part.isdigit() and len(part) <= len("100") for part in parts):
            raise forms.ValidationError(_("Write whole percentages, such as 80, 95."))
        return [int(part) for part in parts]

    def clean_first_month(self) -> Any:
        return self.cleaned_data["first_month"].replace(day=1)

    def clean_last_month(self) -> Any:
        return self.cleaned_data["last_month"].replace(day=1)

    def groups(self) -> Iterator[tuple[Any, list[Any]]]:
        """Each group's terms, each with the field of its article where it has one."""
        for title, names in GROUPS:
            yield title, [(self[name], self.article_of(name)) for name in names]

    def documents_article(self) -> Any:
        return self.article_of("required_documents")

    def article_of(self, name: str) -> Any:
        return self[f"article_{name}"] if name in ARTICLES else None

    def place_of(self, pointer: str) -> str | None:
        """The field that a reason of the action is about."""
        place = self.places.get(pointer, pointer.replace("articles/", "article_"))
        return place if place in self.fields else None

    def unread(self) -> set[str]:
        """The terms that couldn't be read, by their names in the charter."""
        return {COLUMNS.get(name, name) for name in self.errors}

    def terms(self) -> dict[str, Any]:
        """What `draft_charter` takes, of all that could be read."""
        typed = {name: self.cleaned_data[name] for name in TERMS if name in self.cleaned_data}
        given = {COLUMNS.get(name, name): READ.get(name, _same)(value) for name, value in typed.items()}
        articles = {name: self.cleaned_data.get(f"article_{name}") for name in ARTICLES}
        return given | {"articles": {name: article for name, article in articles.items() if article}}


COLUMNS: Final[Mapping[str, str]] = {name: column for column, name in TermsForm.places.items()}
"""A term as the form calls it -> as the charter does, where they differ."""
AMOUNTS: Final = frozenset(name for name, column in COLUMNS.items() if column.endswith("_cents"))
GROUPS: Final[tuple[tuple[Any, tuple[str, ...]], ...]] = (
    (_("Dates"), ("signed_on", "starts_on", "ends_on", "filing_deadline")),
    (_("What is relieved"), ("first_month", "last_month", "max_months", "components", "rent_call_rate")),
    (_("Ceiling and caps"), ("ceiling", "cap_per_siren", "cap_per_lease", "caps_basis", "warning_levels")),
    (
        _("Decisions and periods"),
        (
            "second_visa_threshold",
            "second_visa_side",
            "reservation_days",
            "offer_days",
            "info_days",
            "reply_days",
            "reexamination_days",
        ),
    ),
    (_("Aid regime"), ("aid_regime", "aid_regime_justification")),
)


TERMS: Final = tuple(name for _title, names in GROUPS for name in names)
ARTICLES: Final = (
    *(name for name in TERMS if name not in ("signed_on", "aid_regime_justification")),
    "required_documents",
)
"""The terms that an article can be named for, as the form calls them."""


def _same(value: Any) -> Any:
    return value


def _hundredths(value: Decimal | None) -> int | None:
    return None if value is None else int(value * 100)


READ: Final[Mapping[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(AMOUNTS, _hundredths),
    "rent_call_rate": _hundredths,
    "caps_basis": CapsBasis,
    "second_visa_side": SecondVisaSide,
    "aid_regime": AidRegime,
}
"""What becomes of what was typed, where it isn't kept as it is."""


def initial_terms(charter: "Charter") -> dict[str, Any]:
    """A version's terms, and their articles, as the form shows them."""
    shown = {name: getattr(charter, name) for name in TERMS if hasattr(charter, name)}
    shown |= {f"article_{name}": article for name, article in charter.articles.items()}
    for name in AMOUNTS:
        held = getattr(charter, COLUMNS[name])
        shown[name] = None if held is None else Decimal(held) * CENT
    shown["rent_call_rate"] = (Decimal(charter.rent_call_rate_bp) * CENT).normalize()
    shown["warning_levels"] = ", ".join(str(level) for level in charter.warning_levels)
    return shown


class PapersForm(forms.Form):
    """The documents asked for and the landlord's promises: the rows there are, and a few empty ones.

    Rows keep their place while the form is mended; those left empty are none.
    """

    documents_shown = forms.CharField(widget=forms.HiddenInput, max_length=3)
    promises_shown = forms.CharField(widget=forms.HiddenInput, max_length=3)

    def __init__(self, data: Any = None, *, charter: "Charter | None") -> None:
        documents = charter.required_documents if charter else []
        promises = list(charter.commitments.order_by("pk")) if charter else []
        counts = {"documents_shown": len(documents) + BLANK_ROWS, "promises_shown": len(promises) + BLANK_ROWS}
        if data is not None:
            counts = {name: count_of(data.get(name, "")) for name in counts}
        self.documents, self.promises = counts.values()
        self.kinds = [document["kind"] for document in documents]
        super().__init__(data, initial=counts)
        for place in range(self.documents):
            held = documents[place] if place < len(documents) else {}
            self.fields[f"document_{place}"] = forms.CharField(
                label=_("Document"), required=False, max_length=60, initial=kind_label(held["kind"]) if held else ""
            )
            self.fields[f"timing_{place}"] = forms.ChoiceField(
                label=_("Due"),
                required=False,
                choices=DocumentTiming.choices,
                initial=held.get("timing", DocumentTiming.AT_FILING.value),
            )
        for place in range(self.promises):
            promise = promises[place] if place < len(promises) else None
            self.fields[f"promise_{place}"] = forms.CharField(
                label=_("Measure"), required=False, max_length=300, initial=promise.text if promise else ""
            )
            self.fields[f"due_{place}"] = forms.DateField(
                label=_("To be kept by"), required=False, widget=DayInput(), initial=promise.due_on if promise else None
            )

    def document_rows(self) -> list[tuple[Any, Any]]:
        return [(self[f"document_{n}"], self[f"timing_{n}"]) for n in range(self.documents)]

    def promise_rows(self) -> list[tuple[Any, Any]]:
        return [(self[f"promise_{n}"], self[f"due_{n}"]) for n in range(self.promises)]

    def required_documents(self) -> list[dict[str, str]]:
        """Of the rows that could be read."""
        given = self.cleaned_data
        rows = [(given.get(f"document_{n}", ""), given.get(f"timing_{n}")) for n in range(self.documents)]
        return [
            {"kind": kind_of(kind, self.kinds), "timing": timing or DocumentTiming.AT_FILING.value}
            for kind, timing in rows
            if kind
        ]

    def commitments(self) -> list[Promise]:
        given = self.cleaned_data
        rows = [(given.get(f"promise_{n}", ""), given.get(f"due_{n}")) for n in range(self.promises)]
        return [Promise(text.strip(), due) for text, due in rows if text.strip()]

    def place_of(self, pointer: str) -> str | None:
        """`commitments/<n>/text`, `required_documents/<n>` -> the field: n counts the rows that are filled in."""
        what, _slash, rest = pointer.partition("/")
        field, shown = {
            "commitments": ("promise", self.promises),
            "required_documents": ("document", self.documents),
        }.get(what, ("", 0))
        filled = [f"{field}_{n}" for n in range(shown) if self.cleaned_data.get(f"{field}_{n}")]
        number = rest.split("/")[0]
        return filled[int(number)] if number.isdecimal() and int(number) < len(filled) else None
