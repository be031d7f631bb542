"""What is read of landlords and funds. Identifiers are UUIDs (a fund also has its `code`), dates ISO 8601."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from grants.enums import Account, FundState, LedgerKind
from grants.models import ApiToken, Charter, Fund, LedgerEntry
from landlords.models import Landlord, Lease, Premises, RentCall, TenantBusiness

CURRENCY = "EUR"


class CurrencyField(serializers.ReadOnlyField):
    """The currency of every amount beside it."""

    def get_attribute(self, instance: Any) -> Any:
        return instance

    def to_representation(self, _value: Any) -> str:
        return CURRENCY


CurrencyField = extend_schema_field({"type": "string", "enum": [CURRENCY]})(CurrencyField)  # type: ignore[misc]


class ChosenOrNull(serializers.ChoiceField):
    """One of some words, or null where the table holds none: an empty word would be one more choice."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **options)

    def to_representation(self, value: Any) -> Any:
        return super().to_representation(value) or None


# No docstring: it would be that of each of its children in the API's description.
class Model(serializers.ModelSerializer[Any]):
    id = serializers.UUIDField(source="uuid", read_only=True)


class LandlordRead(Model):
    class Meta:
        model = Landlord
        fields = ("id", "siren", "name", "short_name", "address", "postcode", "commune")
        read_only_fields = fields


class PremisesRead(Model):
    landlord = serializers.UUIDField(source="landlord.uuid", read_only=True)

    class Meta:
        model = Premises
        fields = ("id", "landlord", "reference", "address", "postcode", "commune", "epci")
        read_only_fields = fields


class TenantRead(Model):
    landlord = serializers.UUIDField(source="landlord.uuid", read_only=True)
    missing_facts = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = TenantBusiness
        fields = (
            "id",
            "landlord",
            "siret",
            "siren",
            "legal_name",
            "trade_name",
            "is_natural_person",
            "naf_rev2",
            "naf_2025",
            "headcount",
            "started_on",
            "craft_registered",
            "rne_extract_on",
            "address",
            "postcode",
            "commune",
            "missing_facts",
        )
        # Every answer has every field; a SIRET may be null.
        read_only_fields = fields


class LeaseRead(Model):
    landlord = serializers.UUIDField(source="landlord.uuid", read_only=True)
    premises = serializers.UUIDField(source="premises.uuid", read_only=True)
    tenant = serializers.UUIDField(source="tenant.uuid", read_only=True)

    class Meta:
        model = Lease
        fields = (
            "id",
            "landlord",
            "premises",
            "tenant",
            "reference",
            "starts_on",
            "ends_on",
            "notice_given_on",
            "vat_regime",
            "periodicity",
        )
        read_only_fields = fields


class RentCallRead(Model):
    lease = serializers.UUIDField(source="lease.uuid", read_only=True)
    currency = CurrencyField()

    class Meta:
        model = RentCall
        fields = (
            "id",
            "lease",
            "component",
            "period_start",
            "period_end",
            "due_on",
            "net_cents",
            "vat_rate_bp",
            "vat_cents",
            "gross_cents",
            "currency",
            "regime",
        )
        read_only_fields = fields


class FundRead(Model):
    landlord = serializers.UUIDField(source="landlord.uuid", read_only=True)
    state = serializers.ChoiceField(choices=FundState.choices, read_only=True)

    class Meta:
        model = Fund
        fields = ("id", "code", "name", "landlord", "state", "closed_until")
        read_only_fields = fields


class PositionRead(serializers.Serializer[Any]):
    """What a fund's accounts hold. endowed = available + reserved + committed + credited."""

    as_at = serializers.DateField()
    endowed_cents = serializers.IntegerField()
    available_cents = serializers.IntegerField()
    reserved_cents = serializers.IntegerField()
    committed_cents = serializers.IntegerField()
    credited_cents = serializers.IntegerField()
    ceiling_cents = serializers.IntegerField()
    currency = CurrencyField()
    last_number = serializers.IntegerField(help_text="The number of the last ledger entry; 0 when there is none.")
    last_digest = serializers.CharField(help_text="The end of the chain: keep it, to prove later that it only grew.")


class CriterionRead(serializers.Serializer[Any]):
    code = serializers.CharField()
    parameters = serializers.DictField()
    article = serializers.CharField()


class CharterRead(Model):
    fund = serializers.CharField(source="fund.code", read_only=True)
    criteria = CriterionRead(many=True, read_only=True)
    required_documents = serializers.ListField(child=serializers.DictField(), read_only=True)
    articles = serializers.DictField(child=serializers.CharField(), read_only=True)
    currency = CurrencyField()

    class Meta:
        model = Charter
        fields = (
            "id",
            "fund",
            "version",
            "signed_on",
            "starts_on",
            "ends_on",
            "filing_deadline",
            "first_month",
            "last_month",
            "ceiling_cents",
            "cap_per_siren_cents",
            "cap_per_lease_cents",
            "currency",
            "max_months",
            "components",
            "rent_call_rate_bp",
            "caps_basis",
            "second_visa_threshold_cents",
            "second_visa_side",
            "reservation_days",
            "offer_days",
            "info_days",
            "reply_days",
            "reexamination_days",
            "warning_levels",
            "aid_regime",
            "aid_regime_justification",
            "required_documents",
            "articles",
            "criteria",
            "confirmed_on",
        )
        read_only_fields = fields


class LedgerEntryRead(serializers.ModelSerializer[LedgerEntry]):
    """One movement; `..._after` is what the accounts hold after it."""

    kind = serializers.ChoiceField(choices=LedgerKind.choices, read_only=True)
    source = serializers.ChoiceField(choices=Account.choices, read_only=True)
    target = serializers.ChoiceField(choices=Account.choices, read_only=True)
    currency = CurrencyField()
    event = serializers.UUIDField(source="event.uuid", read_only=True)
    application = serializers.UUIDField(source="application.uuid", read_only=True, allow_null=True, default=None)
    line = serializers.UUIDField(source="relief_line.uuid", read_only=True, allow_null=True, default=None)
    charter_version = serializers.IntegerField(source="charter.version", read_only=True)
    reverses = serializers.IntegerField(source="reverses.number", read_only=True, allow_null=True, default=None)

    class Meta:
        model = LedgerEntry
        fields = (
            "number",
            "kind",
            "source",
            "target",
            "amount_cents",
            "currency",
            "event",
            "application",
            "line",
            "charter_version",
            "value_date",
            "posted_at",
            "reverses",
            "available_after",
            "reserved_after",
            "committed_after",
            "credited_after",
            "digest",
        )
        read_only_fields = fields


class TokenRead(Model):
    fund = serializers.CharField(source="fund.code", read_only=True)
    start = serializers.CharField(read_only=True, help_text="The first characters, to tell tokens apart.")

    class Meta:
        model = ApiToken
        fields = ("id", "fund", "roles", "name", "start", "created_at", "expires_at", "revoked_at", "used_on")
        read_only_fields = fields


class TokenMade(TokenRead):
    token = serializers.CharField(read_only=True, help_text="Shown this once.")

    class Meta(TokenRead.Meta):
        fields = (*TokenRead.Meta.fields, "token")
        read_only_fields = fields
