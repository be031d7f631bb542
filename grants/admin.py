"""The admin reads. Whoever needs to change something does it by an action, so nothing here can be saved."""

from django.contrib import admin

from grants.models import (
    Application,
    Assessment,
    Charter,
    CharterCriterion,
    EliminationList,
    Event,
    Fund,
    FundMember,
    FundProposal,
    LedgerCheck,
    LedgerEntry,
    Notification,
    Position,
    QuarantinedFile,
    ReadLog,
    ReliefLine,
    RetentionRun,
    ReversalRequest,
    Visa,
)
from landlords.admin import ReadOnlyAdmin


@admin.register(Fund)
class FundAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "landlord", "state", "closed_until")
    list_select_related = ("landlord",)


@admin.register(Charter)
class CharterAdmin(ReadOnlyAdmin):
    list_display = ("fund", "version", "signed_on", "ceiling_cents", "confirmed_on")
    list_select_related = ("fund",)


@admin.register(Application)
class ApplicationAdmin(ReadOnlyAdmin):
    list_display = ("reference", "fund", "tenant", "state", "rank", "advisor")
    list_filter = ("state",)
    list_select_related = ("fund", "tenant", "advisor")
    search_fields = ("reference", "siren")


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    list_display = ("fund", "number", "kind", "amount_cents", "value_date", "digest")
    list_filter = ("kind",)
    list_select_related = ("fund",)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "fund", "action", "from_state", "to_state", "user")
    list_select_related = ("fund", "user")


@admin.register(ReadLog)
class ReadLogAdmin(ReadOnlyAdmin):
    list_display = ("at", "user", "fund", "what", "object_uuid", "filter_text")
    list_filter = ("what",)
    list_select_related = ("user", "fund")
    search_fields = ("user__email", "object_uuid")


@admin.register(QuarantinedFile)
class QuarantinedFileAdmin(ReadOnlyAdmin):
    """Who sent what the scanner refused. The file itself is taken from the disk, never from here."""

    list_display = ("at", "user", "fund", "name", "found", "size")
    list_select_related = ("user", "fund")
    fields = ("at", "user", "fund", "name", "found", "size", "sha256")


admin.site.register(
    [CharterCriterion, FundMember, FundProposal, ReliefLine, Assessment, Visa, ReversalRequest, Position],
    ReadOnlyAdmin,
)


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """The outbox. Failed and uncertain ones are also on the fund's own page."""

    list_display = ("event", "recipient", "status", "attempts", "marked_at", "problem")
    list_filter = ("status",)
    list_select_related = ("event", "recipient")


@admin.register(LedgerCheck)
class LedgerCheckAdmin(ReadOnlyAdmin):
    list_display = ("at", "fund", "faults", "last_number", "details_kept", "details_erased")
    list_select_related = ("fund",)


@admin.register(RetentionRun)
class RetentionRunAdmin(ReadOnlyAdmin):
    list_display = ("at", "on", "rules_version", "counts", "digest")


admin.site.register(EliminationList, ReadOnlyAdmin)
