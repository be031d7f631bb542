"""Finding a tenant by what people type: beginnings of words, in any order, without accents.

A tenant is found by its names, SIRET or SIREN, address and commune, the references of its leases, and the reference,
address and commune of its premises. One function of the database makes words of both sides (migration 0002).
"""

import re
from typing import Any, Final

from django.db import models
from django.db.models import F, Func, QuerySet, Value

from landlords.models import TenantBusiness, TenantWords

LIMIT: Final = 200  # characters that are looked at
NUMBER: Final = re.compile(r"(?<!\d)\d{3}[\s.]?\d{3}[\s.]?\d{3}(?:[\s.]?\d{5})?(?!\d)")
"""A SIREN or a SIRET as people write it: `362 521 879 00034`."""


def typed(text: str) -> str:
    """What is looked for: a number without its spaces, as it is stored."""
    kept = " ".join(text.replace("\0", " ").encode(errors="ignore").decode().split())[:LIMIT]
    if re.fullmatch(r"[\d .]+", kept):
        return re.sub(r"[ .]", "", kept)
    return NUMBER.sub(lambda number: re.sub(r"[\s.]", "", number[0]), kept)


def ids_of_tenants(text: str) -> QuerySet[TenantWords, Any]:
    """The ids of the tenants that have all the words of a text; of none, where it has no word."""
    wanted = Func(Value(typed(text)), function="landlords_query")
    matches = Func(
        F("words"), wanted, template="(%(expressions)s)", arg_joiner=" @@ ", output_field=models.BooleanField()
    )
    return TenantWords.objects.filter(matches).values_list("tenant", flat=True)


def tenants_matching(rows: QuerySet[TenantBusiness], text: str) -> QuerySet[TenantBusiness]:
    """Those of the rows that a text finds, in the order of a French dictionary."""
    return rows.filter(pk__in=ids_of_tenants(text)).order_by(plain("legal_name"), "pk")


def plain(column: str) -> Func:
    """A text column in lower case without accents, to order by."""
    return Func(F(column), function="landlords_plain", output_field=models.TextField())
