"""What the short steps ask, read into the keywords that their actions take. One form for each, named in `SHORT`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fundadmin.models import User
from grants.actions import assessment, decision, filing, lifecycle
from grants.charter_rules import info_due
from grants.document_kinds import kind_label
from grants.drafting.answers import ANSWERS, UNKNOWN, Known, evidence_of
from grants.eligibility import FACTS, parse_criteria
from grants.enums import Action, Channel, RejectionReason, Role
from grants.exceptions import shown
from grants.forms import DayInput, EuroField, KeyedForm, offer
from grants.models import Application, Event, FundMember
from grants.queries import counting_on, criteria_of, facts_of, requested_at
from landlords.models import TenantBusiness

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class ShortForm(KeyedForm):
    """Nothing is asked but the confirmation. `version`: the file's as its reader saw it, so that no step is blind."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, file: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.file = file
        self.ask()

    def ask(self) -> None:
        """Fit the fields to the file."""

    def asked(self) -> dict[str, Any]:
        """The action's keywords but for `application`, `by` and `key`."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("key", "version")}


def note(label: "_StrPromise", help_text: "_StrPromise | str" = "", *, required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 5})
    return forms.CharField(label=label, help_text=help_text, required=required, widget=widget)


ASKED_WITHOUT_CRITERIA: Final = frozenset(ANSWERS) - {"closures", "turnover_by_month"}
"""Orders and months to ask about are named by a criterion."""


class RequestInfoForm(ShortForm):
    wanted = forms.MultipleChoiceField(
        label=_("What is missing"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Name at least one fact or document to ask for.")},
    )
    message = note(_("Message to the advisor"), _("Say what would settle it. The tenant may read it."), required=False)

    def ask(self) -> None:
        """What the charter's criteria look at and the tenant or the chamber supplies, and the charter's documents."""
        criteria = parse_criteria(criteria_of(self.file.charter))
        needed = {fact for criterion in criteria for fact in criterion.needs}
        facts = [
            (name, kind.label)
            for name, kind in FACTS.items()
            if name in (needed or ASKED_WITHOUT_CRITERIA) and name in ANSWERS
        ]
        kinds = [document["kind"] for document in self.file.charter.required_documents]
        documents = [(kind, kind_label(kind)) for kind in kinds]
        groups = [(_("Facts"), facts), (_("Documents"), documents)]
        offer(self, "wanted", [group for group in groups if group[1]])
        due = info_due(self.file.charter.terms(), timezone.localdate())
        self.fields["message"].help_text = _(
            "Say what would settle it. The answer is due by %(due)s; the tenant may read this."
        ) % {"due": shown(due)}


class AnswerForm(ShortForm):
    """The facts that were asked for, each with the fields a draft asks it by; documents are attached on their page."""

    def ask(self) -> None:
        """What was asked last, also once it is answered: a second sending is the same request."""
        asked = Event.objects.filter(application=self.file, action=Action.REQUEST_INFO).order_by("pk").last()
        self.wanted: list[str] = asked.data["wanted"] if asked else []
        # What the rent roll knows may be wrong: whatever is answered here is declared in the file.
        known = Known(
            criteria=parse_criteria(criteria_of(self.file.charter)),
            tenant=TenantBusiness(),
            facts=facts_of(self.file),
            stored=self.file.facts,
        )
        self.answers = [ANSWERS[name](known) for name in self.wanted if name in ANSWERS]
        self.places = {}
        for answer in self.answers:
            for field in answer.fields.values():
                if len(answer.fields) > 1:
                    field.label = f"{FACTS[answer.fact].label} – {field.label}"
            asked_fields = [name for name in answer.fields if not name.startswith("evidence_")]
            if len(asked_fields) == 1:
                answer.fields[asked_fields[0]].required = True
            self.fields |= answer.fields
            self.places[answer.fact] = next(iter(answer.fields), "")

    def documents(self) -> list[tuple[str, bool]]:
        """The documents that were asked for, and whether they were attached since."""
        since = requested_at(self.file)
        brought = set(self.file.documents.filter(added_at__gte=since).values_list("kind", flat=True))
        return [(name, name in brought) for name in self.wanted if name not in FACTS]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        self.facts: dict[str, Any] = {}
        for answer in self.answers:
            value = answer.read(given, self.refuse_field)
            if value is not UNKNOWN:
                self.facts[answer.fact] = value
            if proof := evidence_of(answer, given):
                self.facts.setdefault("evidence", {})[answer.fact] = proof
        return given

    def refuse_field(self, name: str, sentence: object) -> None:
        self.add_error(name, str(sentence))

    def asked(self) -> dict[str, Any]:
        return {"facts": self.facts}


class SupplyForm(ShortForm):
    arrears = EuroField(
        label=_("Arrears in euros"),
        help_text=_("What the tenant owed on that day, all its leases of this file together; 0 if it owed nothing."),
        max_digits=14,
        decimal_places=2,
        min_value=0,
        localize=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    arrears_on = forms.DateField(label=_("Owed on"), widget=DayInput())

    places = {"facts": "arrears", "facts/arrears_cents": "arrears", "facts/arrears_on": "arrears_on"}

    def asked(self) -> dict[str, Any]:
        given = self.cleaned_data
        cents, day = int(given["arrears"] * 100), given["arrears_on"].isoformat()
        return {"facts": {"arrears_cents": cents, "arrears_on": day}}


class WithdrawForm(ShortForm):
    requested_on = forms.DateField(label=_("The tenant asked for it on"), widget=DayInput())
    channel = forms.ChoiceField(label=_("How"), choices=Channel.choices, widget=forms.RadioSelect)

    def asked(self) -> dict[str, Any]:
        return super().asked() | {"channel": Channel(self.cleaned_data["channel"])}


class TransferForm(ShortForm):
    to = forms.ModelChoiceField(label=_("Advisor to be in charge"), queryset=User.objects.none())

    def ask(self) -> None:
        """Whoever is in charge too: a second sending finds whom the first one put there."""
        self.fields["to"].queryset = advisors_today(self.file.fund_id)  # type: ignore[attr-defined] # a ModelChoiceField


def advisors_today(fund_id: int) -> Any:
    """The advisors who count in a fund today, by name."""
    members = FundMember.objects.filter(counting_on(timezone.localdate()), fund=fund_id, role=Role.ADVISOR)
    return User.objects.filter(pk__in=members.values("user")).order_by("full_name", "pk")


class ReasonForm(ShortForm):
    reason = note(_("Reason"), _("At least 20 characters; the other side and the tenant may read it."))


class RejectForm(ShortForm):
    motive = forms.ChoiceField(label=_("Reason"), choices=RejectionReason.choices, widget=forms.RadioSelect)
    reason = note(
        _("In your words"),
        _("It is added to the reason in the tenant's letter. For another reason, write at least 20 characters."),
        required=False,
    )

    def asked(self) -> dict[str, Any]:
        return super().asked() | {"motive": RejectionReason(self.cleaned_data["motive"])}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortStep:
    """A step that is a form and a confirmation. `says`: what it does; `done`: what is said once it is done."""

    form: type[ShortForm]
    does: Callable[..., Any]
    says: "_StrPromise"
    done: "_StrPromise"
    frees: bool = False
    """It gives back what the file holds of the fund's money."""
    ends: bool = False
    """It ends something: the button says so by its colour too."""


SHORT: Final[Mapping[Action, ShortStep]] = {
    Action.ANSWER: ShortStep(
        form=AnswerForm,
        does=filing.answer,
        says=_("You send what was asked for, all of it at once. The file goes back to be assessed and keeps its rank."),
        done=_("The answer was sent: the file is with its assessor again."),
    ),
    Action.REQUEST_INFO: ShortStep(
        form=RequestInfoForm,
        does=assessment.request_info,
        says=_("The advisor is asked for what you tick. The file keeps its rank."),
        done=_("The advisor was asked."),
    ),
    Action.REMIND: ShortStep(
        form=ShortForm,
        does=assessment.remind,
        says=_("The advisor is reminded of what was asked. Without a logged reminder a file can't be closed."),
        done=_("The reminder is logged and was sent."),
    ),
    Action.LAPSE: ShortStep(
        form=ShortForm,
        does=assessment.lapse,
        says=_("The file is closed for lack of an answer; its months are free again. It may be reopened for a time."),
        done=_("The file is closed."),
        ends=True,
    ),
    Action.SUPPLY: ShortStep(
        form=SupplyForm,
        does=lifecycle.supply,
        says=_("Only the landlord knows this. Supplying it keeps you from no later step on the file."),
        done=_("The arrears are in the file."),
    ),
    Action.WITHDRAW: ShortStep(
        form=WithdrawForm,
        does=lifecycle.withdraw,
        says=_("You record that the tenant gives up its request. The file is closed and its months are free again."),
        done=_("The withdrawal is recorded."),
        frees=True,
        ends=True,
    ),
    Action.TRANSFER: ShortStep(
        form=TransferForm,
        does=lifecycle.transfer,
        says=_("Another advisor takes the file over. Who already had a hand in it keeps it."),
        done=_("The file has changed hands."),
    ),
    Action.SEND_BACK: ShortStep(
        form=ReasonForm,
        does=decision.send_back,
        says=_("The file goes back to be assessed again and keeps its rank. Its money is released, its visas end."),
        done=_("The file was sent back to be assessed."),
        frees=True,
    ),
    Action.REJECT: ShortStep(
        form=RejectForm,
        does=decision.reject,
        says=_("The landlord refuses the request, and the tenant is told. It may be reopened for a time."),
        done=_("The request is refused."),
        frees=True,
        ends=True,
    ),
    Action.REOPEN: ShortStep(
        form=ReasonForm,
        does=lifecycle.reopen,
        says=_("The file is examined again under the charter it was first filed under. It takes a new, last rank."),
        done=_("The file is open again."),
    ),
    Action.APPLY_NEW_VERSION: ShortStep(
        form=ShortForm,
        does=lifecycle.apply_new_version,
        says=_("The amended charter governs the file from now on. It keeps its rank."),
        done=_("The amended charter governs the file."),
    ),
    Action.DISCARD: ShortStep(
        form=ShortForm,
        does=filing.discard,
        says=_("The draft is deleted with its documents. This can't be undone."),
        done=_("The draft was deleted."),
        ends=True,
    ),
}
