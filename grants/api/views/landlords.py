"""Landlords, premises, tenants, leases and what is called for them. Rents are shown as `grants.visibility` says."""

from typing import Any, ClassVar

from django.db.models import QuerySet

from grants import visibility
from grants.api.serializers import filters, reading
from grants.api.views.base import ListAndOne, who
from grants.enums import Reading
from landlords.models import Landlord, Lease, Premises, RentCall, TenantBusiness


class Landlords(ListAndOne):
    """The landlords of the funds in which you have a role."""

    what = Reading.LANDLORD
    queryset = Landlord.objects.none()
    serializer_class = reading.LandlordRead

    def rows(self) -> QuerySet[Any]:
        return visibility.landlords_visible_to(who(self.request))


class AllPremises(ListAndOne):
    """The premises of these landlords."""

    what = Reading.LANDLORD
    queryset = Premises.objects.none()
    serializer_class = reading.PremisesRead
    filters = filters.ByLandlord
    columns: ClassVar = {"landlord": "landlord__uuid"}

    def rows(self) -> QuerySet[Any]:
        return visibility.premises_visible_to(who(self.request)).select_related("landlord")


class Tenants(ListAndOne):
    """The tenant businesses of these landlords."""

    what = Reading.TENANT
    queryset = TenantBusiness.objects.none()
    serializer_class = reading.TenantRead
    filters = filters.TenantFilters
    columns: ClassVar = {"landlord": "landlord__uuid", "siret": "siret", "siren": "siren"}

    def rows(self) -> QuerySet[Any]:
        return visibility.tenants_visible_to(who(self.request)).select_related("landlord")


class Leases(ListAndOne):
    """Their leases; what a tenant owes is not here."""

    what = Reading.LEASE
    queryset = Lease.objects.none()
    serializer_class = reading.LeaseRead
    filters = filters.LeaseFilters
    columns: ClassVar = {
        "landlord": "landlord__uuid",
        "tenant": "tenant__uuid",
        "premises": "premises__uuid",
        "reference": "reference",
    }

    def rows(self) -> QuerySet[Any]:
        return visibility.leases_visible_to(who(self.request)).select_related("landlord", "premises", "tenant")


class RentCalls(ListAndOne):
    """What is called for a lease. The chamber reads those of tenants whose mandate it recorded."""

    what = Reading.LEASE
    queryset = RentCall.objects.none()
    serializer_class = reading.RentCallRead
    filters = filters.RentCallFilters
    columns: ClassVar = {"lease": "lease__uuid"}

    def rows(self) -> QuerySet[Any]:
        return visibility.rent_calls_visible_to(who(self.request)).select_related("lease")
