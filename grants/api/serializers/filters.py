"""What lists may be narrowed by. A name that isn't one of these is refused: a misspelt filter would show everything."""

from rest_framework import serializers

from grants.api.serializers.fields import Asked, Choice, Day, Identifier, Text
from grants.enums import LedgerKind, LineState, State


class NoFilters(Asked):
    """Nothing but the page."""


class ByLandlord(Asked):
    landlord = Identifier(required=False)


class TenantFilters(ByLandlord):
    siret = Text(required=False, max_length=14)
    siren = Text(required=False, max_length=9)


class LeaseFilters(ByLandlord):
    tenant = Identifier(required=False)
    premises = Identifier(required=False)
    reference = Text(required=False, max_length=60)


class RentCallFilters(Asked):
    lease = Identifier(required=False)


class ApplicationFilters(Asked):
    fund = Text(required=False, max_length=40, help_text="A fund's code.")
    state = serializers.ListField(child=Choice(choices=State.choices), required=False, help_text="May be repeated.")
    reference = Text(required=False, max_length=60)
    tenant = Identifier(required=False)
    siren = Text(required=False, max_length=9)
    siret = Text(required=False, max_length=14)
    advisor = Identifier(required=False)
    acted_since = Day(required=False, help_text="Something was done to it on this day or later.")


class CharterFilters(Asked):
    fund = Text(required=False, max_length=40, help_text="A fund's code.")


class LineFilters(Asked):
    fund = Text(required=False, max_length=40, help_text="A fund's code.")
    application = Identifier(required=False)
    lease = Identifier(required=False)
    state = serializers.ListField(child=Choice(choices=LineState.choices), required=False)
    month = Day(required=False)


class DocumentFilters(Asked):
    fund = Text(required=False, max_length=40)
    application = Identifier(required=False)


class EventFilters(Asked):
    fund = Text(max_length=40, help_text="A fund's code.")
    application = Identifier(required=False)


class LedgerFilters(Asked):
    kind = serializers.ListField(child=Choice(choices=LedgerKind.choices), required=False)
    application = Identifier(required=False)
    since = Day(required=False, help_text="From this value date on.")
    until = Day(required=False, help_text="Up to this value date.")


class PositionFilters(Asked):
    as_at = Day(required=False, help_text="At the end of this day, by value date; now by default.")
