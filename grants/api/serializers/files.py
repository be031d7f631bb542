"""What is read of applications: each reader sees what its side may (`grants.visibility`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from grants.api.serializers.reading import ChosenOrNull, CurrencyField, Model
from grants.enums import (
    Action,
    Channel,
    DocumentTiming,
    LineState,
    MandateKind,
    Opinion,
    Outcome,
    ReliefForm,
    RequestKind,
    RequestState,
    Side,
    State,
)
from grants.models import Application, Assessment, Document, Event, ReliefLine, ReversalRequest, Visa
from grants.quick import LINES_NAMED, rows_of
from grants.visibility import Reader, visible_data, visible_detail, visible_facts, visible_findings
from landlords.enums import Component
from landlords.models import TenantBusiness

ANY_OBJECT = {"type": "object", "additionalProperties": True}


class Person(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="uuid")
    name = serializers.CharField(source="full_name")


class TenantInFile(Model):
    class Meta:
        model = TenantBusiness
        fields = ("id", "siret", "legal_name", "trade_name", "commune")
        read_only_fields = fields


class ApplicationRow(Model):
    """An application as a list shows it."""

    fund = serializers.CharField(source="fund.code", read_only=True, help_text="The fund's code.")
    tenant = TenantInFile(read_only=True)
    state = serializers.ChoiceField(choices=State.choices, read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    advisor = Person(read_only=True)
    asked_cents = serializers.IntegerField(read_only=True, allow_null=True)
    granted_cents = serializers.IntegerField(read_only=True, allow_null=True)
    currency = CurrencyField()

    class Meta:
        model = Application
        fields: tuple[str, ...] = (
            "id",
            "reference",
            "fund",
            "tenant",
            "state",
            "state_label",
            "version",
            "rank",
            "advisor",
            "asked_cents",
            "granted_cents",
            "currency",
            "submitted_on",
            "assessed_on",
            "decided_on",
            "closed_on",
            "acted_on",
            "reserved_until",
            "offered_cents",
            "offered_until",
            "info_due_on",
        )
        read_only_fields = fields


class LineRead(Model):
    """Relief on one month of one component of one lease; amounts in the charter's caps basis."""

    application = serializers.UUIDField(source="application.uuid", read_only=True)
    lease = serializers.UUIDField(source="lease.uuid", read_only=True)
    lease_reference = serializers.CharField(source="lease.reference", read_only=True)
    component = serializers.ChoiceField(choices=Component.choices, read_only=True)
    state = serializers.ChoiceField(choices=LineState.choices, read_only=True)
    vat_rate_bp = serializers.SerializerMethodField(
        help_text="As last called when the line was asked for; null until the tenant's mandate is recorded."
    )
    form = ChosenOrNull(choices=ReliefForm.choices)
    currency = CurrencyField()

    class Meta:
        model = ReliefLine
        fields = (
            "id",
            "application",
            "lease",
            "lease_reference",
            "month",
            "component",
            "state",
            "vat_rate_bp",
            "asked_cents",
            "proposed_cents",
            "approved_cents",
            "currency",
            "form",
            "voucher_ref",
            "voucher_date",
            "applied_to_notice",
        )
        read_only_fields = fields

    def get_vat_rate_bp(self, line: ReliefLine) -> int | None:
        """The rate is of the rent calls, which the chamber reads with the mandate; nobody else reads a file before."""
        return None if line.application.mandate_on is None else line.vat_rate_bp


class VisaRead(serializers.ModelSerializer[Visa]):
    by = Person(read_only=True)

    class Meta:
        model = Visa
        fields = ("by", "on", "living")
        read_only_fields = fields


class RequestRead(Model):
    """A payer's request to cancel, uncredit or reverse lines."""

    kind = serializers.ChoiceField(choices=RequestKind.choices, read_only=True)
    state = serializers.ChoiceField(choices=RequestState.choices, read_only=True)
    lines = serializers.SerializerMethodField()
    asked_by = Person(read_only=True)
    settled_by = Person(read_only=True, allow_null=True)

    class Meta:
        model = ReversalRequest
        fields = (
            "id",
            "kind",
            "reason",
            "lines",
            "state",
            "asked_by",
            "asked_on",
            "notice_sent_on",
            "reply_until",
            "settled_by",
            "settled_on",
        )
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "string", "format": "uuid"}})
    def get_lines(self, request: ReversalRequest) -> list[str]:
        return [str(line.uuid) for line in request.lines.all()]


class ApplicationRead(ApplicationRow):
    """One application, whole. `facts` and `contact_name` hold what the reader's side may see."""

    charter_version = serializers.IntegerField(source="charter.version", read_only=True)
    mandate_kind = ChosenOrNull(choices=MandateKind.choices)
    contact_channel = ChosenOrNull(choices=Channel.choices)
    facts = serializers.SerializerMethodField()
    contact_name = serializers.SerializerMethodField()
    lines = LineRead(many=True, read_only=True)
    visas = VisaRead(many=True, read_only=True)
    requests = RequestRead(many=True, read_only=True)

    class Meta(ApplicationRow.Meta):
        fields = (
            *ApplicationRow.Meta.fields,
            "charter_version",
            "mandate_on",
            "mandate_kind",
            "contact_name",
            "contact_channel",
            "facts",
            "info_requested",
            "reminded_on",
            "lines",
            "visas",
            "requests",
        )
        read_only_fields = fields

    @property
    def reader(self) -> Reader:
        reader: Reader = self.context["reader"]
        return reader

    @extend_schema_field(ANY_OBJECT)
    def get_facts(self, application: Application) -> dict[str, Any]:
        return visible_facts(application.facts, self.reader, mandate=application.mandate_on is not None)

    @extend_schema_field({"type": ["string", "null"], "description": "The chamber's contact: null for others."})
    def get_contact_name(self, application: Application) -> str | None:
        return application.contact_name if Side.CHAMBER in self.reader.sides else None


class DocumentRead(Model):
    """What is kept of a document beside its content, which has an address of its own."""

    application = serializers.UUIDField(source="application.uuid", read_only=True, allow_null=True, default=None)
    fund = serializers.CharField(source="fund.code", read_only=True)
    timing = ChosenOrNull(choices=DocumentTiming.choices)
    added_by = Person(read_only=True)

    class Meta:
        model = Document
        fields = (
            "id",
            "fund",
            "application",
            "kind",
            "timing",
            "visibility",
            "name",
            "size",
            "sha256",
            "added_by",
            "added_at",
        )
        read_only_fields = fields


class FindingRead(serializers.Serializer[Any]):
    """One criterion as it was judged. Where it rests on the chamber's evidence, the landlord reads the outcome."""

    code = serializers.CharField()
    label = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    sentence = serializers.CharField()
    remedy = serializers.CharField(allow_blank=True)
    note = serializers.CharField(allow_blank=True)
    hidden = serializers.BooleanField(help_text="What it rests on is the other side's to read.")
    seen = serializers.DictField()
    required = serializers.DictField()
    what_would_make_it_pass = serializers.DictField()


FINDING_FIELDS = tuple(FindingRead().fields)


class AssessmentRead(serializers.ModelSerializer[Assessment]):
    by = Person(read_only=True)
    opinion = serializers.ChoiceField(choices=Opinion.choices, read_only=True)
    charter_version = serializers.IntegerField(source="charter.version", read_only=True)
    findings = serializers.SerializerMethodField()

    class Meta:
        model = Assessment
        fields = ("opinion", "by", "on", "charter_version", "findings")
        read_only_fields = fields

    @extend_schema_field(FindingRead(many=True))
    def get_findings(self, assessment: Assessment) -> list[dict[str, Any]]:
        found = visible_findings(assessment.record, self.context["reader"], resolved=assessment.resolved)
        return [{name: finding[name] for name in FINDING_FIELDS} for finding in found]


class EventRead(Model):
    """Who did what, when. `data` holds amounts and codes; `detail` the words that the reader's side may see."""

    fund = serializers.CharField(source="fund.code", read_only=True)
    application = serializers.SerializerMethodField()
    action = serializers.CharField(read_only=True)
    label = serializers.CharField(read_only=True)
    by = Person(source="user", read_only=True)
    data = serializers.SerializerMethodField()
    detail = serializers.SerializerMethodField()
    currency = CurrencyField()

    class Meta:
        model = Event
        fields = (
            "id",
            "fund",
            "application",
            "action",
            "label",
            "by",
            "on",
            "at",
            "from_state",
            "to_state",
            "version",
            "reason",
            "data",
            "detail",
            "currency",
        )
        read_only_fields = fields

    @extend_schema_field({"type": ["string", "null"], "format": "uuid"})
    def get_application(self, event: Event) -> str | None:
        applications: Mapping[int, str] = self.context["applications"]
        return applications.get(event.application_id or 0)

    @extend_schema_field(ANY_OBJECT)
    def get_data(self, event: Event) -> dict[str, Any]:
        reader: Reader = self.context["readers"][event.fund_id]
        return public_data(visible_data(event, reader), self.context["lines"])

    @extend_schema_field(ANY_OBJECT)
    def get_detail(self, event: Event) -> dict[str, Any]:
        kept = getattr(event, "detail", None)
        reader: Reader = self.context["readers"][event.fund_id]
        return visible_detail(event, kept.detail, reader) if kept else {}


PUBLIC = frozenset(
    {
        "advice",
        "approved_cents",
        "asked_cents",
        "changed",
        "charter",
        "documents",
        "facts",
        "form",
        "kind",
        "no_conflict",
        "proposed_cents",
        "rank",
        "reference",
        "sha256",
        "shortfall_cents",
        "size",
        "visas",
        "visibility",
        "voucher",
        "wanted",
    }
)
"""Of an event's data, what holds no key of our tables."""


def public_data(data: Mapping[str, Any], lines: Mapping[int, str]) -> dict[str, Any]:
    """An event's data with lines by their identifiers, in one order. `lines`: key -> identifier."""
    told = {name: value for name, value in data.items() if name in PUBLIC}
    if isinstance(chosen := data.get("lines"), list):
        told["lines"] = [lines[line] for line in chosen if line in lines]
    if isinstance(amounts := data.get("amounts"), Mapping):
        told["amounts"] = dict(
            sorted((lines[int(line)], cents) for line, cents in amounts.items() if int(line) in lines)
        )
    # The database keeps an order of its own: a repetition answers word for word all the same.
    return dict(sorted(told.items()))


def lines_named(events: Sequence[Event]) -> dict[int, str]:
    """Key -> identifier of every line that these events name, in one query."""
    keys: set[int] = set()
    for event in events:
        keys |= set(event.data.get("lines") or ()) | {int(line) for line in event.data.get("amounts") or ()}
    return {pk: str(uuid) for pk, uuid in rows_of(LINES_NAMED, [list(keys)])} if keys else {}


class OutcomeRead(serializers.Serializer[Any]):
    """What an action did. The same request under the same key answers this again, word for word."""

    application = serializers.UUIDField()
    reference = serializers.CharField()
    action = serializers.ChoiceField(choices=Action.choices)
    state = serializers.ChoiceField(choices=State.choices, help_text="The state the action left the application in.")
    version = serializers.IntegerField(help_text="Also the ETag: for the next action's If-Match.")
    event = serializers.UUIDField()
    on = serializers.DateField()
    at = serializers.DateTimeField()
    data = serializers.DictField()
    currency = CurrencyField()


class ReasonRead(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Stable, for programs.")
    detail = serializers.CharField(help_text="The sentence, in the reader's language.")
    pointer = serializers.CharField(required=False, help_text="A JSON pointer to the input concerned.")


class AvailabilityRead(serializers.Serializer[Any]):
    """Whether the reader may take an action now; where not, the sentences with which it would be refused."""

    action = serializers.ChoiceField(choices=Action.choices)
    label = serializers.CharField()
    allowed = serializers.BooleanField()
    errors = ReasonRead(many=True)


class ProblemRead(serializers.Serializer[Any]):
    """RFC 9457 problem details."""

    type = serializers.CharField(help_text="Stable: urn:fundadmin:problem:…")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ReasonRead(many=True)
