"""What each action's endpoint takes. Amounts are integer cents in the charter's caps basis (net or gross)."""

from rest_framework import serializers

from grants.api.serializers.fields import (
    Asked,
    Cents,
    CentsByLine,
    Choice,
    Day,
    Identifier,
    JsonObject,
    Text,
    WholeNumber,
    YesNo,
)
from grants.enums import (
    Channel,
    DocumentTiming,
    MandateKind,
    RejectionReason,
    ReliefForm,
    RequestKind,
    ReversalReason,
    Role,
    Visibility,
)
from landlords.enums import Component


class Nothing(Asked):
    """An empty object: all that matters is in the address and the headers."""


class NewApplication(Asked):
    fund = Text(help_text="The fund's code.")
    tenant = Identifier()


class AskedLine(Asked):
    lease = Identifier()
    month = Day(help_text="The first day of the month.")
    component = Choice(choices=Component.choices)
    asked_cents = Cents(min_value=1)


class GivenMandate(Asked):
    on = Day()
    kind = Choice(choices=MandateKind.choices)


class GivenContact(Asked):
    name = Text()
    channel = Choice(choices=Channel.choices)


class Edit(Asked):
    """What is given replaces what was there; what is left out stays."""

    lines = AskedLine(many=True, required=False)
    facts = JsonObject(required=False, help_text="The facts that the tenant or the chamber supplies, by name.")
    mandate = GivenMandate(required=False)
    contact = GivenContact(required=False)


class Attach(Asked):
    """multipart/form-data."""

    file = serializers.FileField(allow_empty_file=True)
    kind = Text(help_text="As the charter names it.")
    visibility = Choice(choices=Visibility.choices, required=False, default=Visibility.CHAMBER)
    timing = Choice(choices=DocumentTiming.choices, required=False)


class Supply(Asked):
    facts = JsonObject(help_text="The facts that only the landlord has, by name.")


class RequestInfo(Asked):
    wanted = serializers.ListField(child=Text(), help_text="Names of facts, or kinds of documents of the charter.")
    message = Text(required=False, default="", allow_blank=True)


class Answer(Asked):
    facts = JsonObject(required=False, help_text="Only the facts that were asked for.")


class AssessFavourable(Asked):
    amounts = CentsByLine(required=False, help_text="{line id: proposed cents}; by default what is asked.")
    resolved = serializers.DictField(
        child=Text(allow_blank=True), required=False, help_text="{criterion: note} for each finding to verify."
    )
    no_conflict = YesNo(help_text="The declaration that there is no conflict of interest.")


class AssessUnfavourable(Asked):
    reason = Text()
    no_conflict = YesNo()


class Approve(Asked):
    amounts = CentsByLine(required=False, help_text="{line id: approved cents}; by default what is proposed.")
    reason = Text(required=False, default="", allow_blank=True, help_text="Needed to grant less than proposed.")
    no_conflict = YesNo()


class WithReason(Asked):
    reason = Text()


class Reject(Asked):
    motive = Choice(choices=RejectionReason.choices)
    reason = Text(required=False, default="", allow_blank=True, help_text="Needed with the motive “other”.")


class GivenVoucher(Asked):
    form = Choice(choices=ReliefForm.choices)
    ref = Text()
    on = Day()
    applied_to_notice = Text(required=False, default="", allow_blank=True)


class Credit(Asked):
    lines = serializers.ListField(child=Identifier(), allow_empty=False)
    voucher = GivenVoucher()


class AskCancelLines(Asked):
    lines = serializers.ListField(child=Identifier(), allow_empty=False)
    reason = Choice(choices=ReversalReason.choices)


class AskReverse(AskCancelLines):
    kind = Choice(choices=[(kind.value, kind.label) for kind in (RequestKind.UNCREDIT, RequestKind.REVERSE)])
    notice_sent_on = Day(required=False)


class Settle(Asked):
    request = Identifier()


class RefuseRequest(Settle):
    reason = Text()


class Withdraw(Asked):
    requested_on = Day(help_text="When the tenant asked.")
    channel = Choice(choices=Channel.choices)


class Transfer(Asked):
    to = Identifier(help_text="The advisor who takes over.")


class NewToken(Asked):
    fund = Text()
    roles = serializers.ListField(child=Choice(choices=Role.choices), allow_empty=False)
    name = Text(max_length=100)
    days = WholeNumber(min_value=1)
