"""What tenants, leases and premises were called at the end of a day that is past, whatever they are called since.

The history has each former version, dated when it was replaced: what held at an instant is the first version that was
replaced from then on, else the row as it is. What was recorded after the day is as it was recorded first.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.apps import apps
from django.db.models import Model

from grants.ledger.positions import PARIS
from landlords.models import Lease, Premises, TenantBusiness

TENANT: Final = ("legal_name", "trade_name", "siret")
LEASE: Final = ("reference", "vat_regime", "premises_id")
PREMISES: Final = ("reference",)


def put_back(day: date, tenants: Iterable[TenantBusiness], leases: Iterable[Lease]) -> None:
    """Give them the names of the end of `day`: objects to be shown and never saved. Two queries."""
    _put_back(day, list(tenants), TENANT)
    _put_back(day, list(leases), LEASE)


def put_back_premises(day: date, leases: Collection[Lease]) -> None:
    """Likewise the premises of leases that were put back themselves: another one's may have been theirs."""
    known = Premises.objects.in_bulk({lease.premises_id for lease in leases})
    _put_back(day, list(known.values()), PREMISES)
    for lease in leases:
        lease.premises = known[lease.premises_id]


def end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, PARIS)


def replaced_since(model: type[Model], day: date) -> Any:
    """The version of each row that held at the end of `day`, of those that were replaced or deleted since."""
    history: Any = apps.get_model("landlords", f"{model.__name__}Event")
    since = history.objects.filter(pgh_created_at__gte=end_of(day))
    return since.order_by("pgh_obj_id", "pgh_created_at", "pgh_id").distinct("pgh_obj_id")


def _put_back(day: date, objects: Collection[Any], fields: Collection[str]) -> None:
    if not objects:
        return
    model = type(next(iter(objects)))
    versions = replaced_since(model, day).filter(pgh_obj_id__in={one.pk for one in objects})
    then = {version["pgh_obj_id"]: version for version in versions.values("pgh_obj_id", *fields)}
    for one in objects:
        if one.pk in then:
            for name in fields:
                setattr(one, name, then[one.pk][name])
