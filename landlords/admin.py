from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from landlords.models import Contact, Landlord, Lease, Premises, RentCall, RentRollImport, TenantBusiness

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    # Django's own classes can't be subscripted.
    ModelAdmin, TabularInline = admin.ModelAdmin, admin.TabularInline


class ReadOnlyAdmin(ModelAdmin):
    """What comes from a landlord's file is read here and changed by another file."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        return False


@admin.register(Landlord)
class LandlordAdmin(ModelAdmin):
    list_display = ["name", "short_name", "siren", "commune"]
    search_fields = ["name", "short_name", "siren"]


@admin.register(Premises)
class PremisesAdmin(ModelAdmin):
    list_display = ["reference", "landlord", "address", "postcode", "commune"]
    list_filter = ["landlord"]
    list_select_related = ["landlord"]
    search_fields = ["reference", "address", "commune"]


class ContactInline(TabularInline):
    model = Contact
    extra = 0


@admin.register(TenantBusiness)
class TenantBusinessAdmin(ModelAdmin):
    list_display = ["legal_name", "trade_name", "siret", "landlord", "headcount"]
    list_filter = ["landlord"]
    list_select_related = ["landlord"]
    search_fields = ["legal_name", "trade_name", "siret"]
    inlines = [ContactInline]


@admin.register(Lease)
class LeaseAdmin(ModelAdmin):
    list_display = ["reference", "landlord", "premises", "tenant", "starts_on", "ends_on"]
    list_filter = ["landlord", "vat_regime", "periodicity"]
    list_select_related = ["landlord", "premises", "tenant"]
    search_fields = ["reference", "tenant__legal_name", "premises__reference"]
    raw_id_fields = ["premises", "tenant"]


@admin.register(RentCall)
class RentCallAdmin(ReadOnlyAdmin):
    list_display = ["lease", "component", "period_start", "period_end", "net_cents", "vat_cents", "gross_cents"]
    list_filter = ["component", "regime"]
    list_select_related = ["lease"]
    search_fields = ["lease__reference"]


@admin.register(RentRollImport)
class RentRollImportAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "landlord", "file_name", "lines", "created", "updated", "unchanged", "user"]
    list_filter = ["landlord"]
    list_select_related = ["landlord", "user"]
