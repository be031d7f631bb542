"""The divisions of the French activity list (NAF), so that a code reads as a trade. A leaf.

NAF 2025 keeps the numbers of these divisions, but for 45 (now in 46, 47 and 95).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


DIVISIONS: Final[Mapping[str, "_StrPromise"]] = {
    "01": gettext_lazy("Agriculture"),
    "10": gettext_lazy("Food manufacture (bakers, butchers...)"),
    "11": gettext_lazy("Manufacture of drinks"),
    "13": gettext_lazy("Textiles"),
    "14": gettext_lazy("Clothes making"),
    "15": gettext_lazy("Leather and shoes"),
    "16": gettext_lazy("Woodworking"),
    "18": gettext_lazy("Printing"),
    "23": gettext_lazy("Glass, ceramics, stone"),
    "25": gettext_lazy("Metalworking"),
    "31": gettext_lazy("Furniture making"),
    "32": gettext_lazy("Other manufacturing (jewellers, dental technicians...)"),
    "33": gettext_lazy("Repair of machines"),
    "41": gettext_lazy("Building"),
    "42": gettext_lazy("Civil engineering"),
    "43": gettext_lazy("Building trades"),
    "45": gettext_lazy("Sale and repair of vehicles"),
    "46": gettext_lazy("Wholesale"),
    "47": gettext_lazy("Retail"),
    "49": gettext_lazy("Land transport"),
    "52": gettext_lazy("Storage and services to transport"),
    "53": gettext_lazy("Post and couriers"),
    "55": gettext_lazy("Accommodation"),
    "56": gettext_lazy("Restaurants and bars"),
    "58": gettext_lazy("Publishing"),
    "59": gettext_lazy("Film, video, music"),
    "61": gettext_lazy("Telecommunications"),
    "62": gettext_lazy("Computer services"),
    "63": gettext_lazy("Information services"),
    "64": gettext_lazy("Banks"),
    "65": gettext_lazy("Insurance"),
    "66": gettext_lazy("Brokers and insurance agents"),
    "68": gettext_lazy("Property"),
    "69": gettext_lazy("Law and accountancy"),
    "70": gettext_lazy("Management consultancy"),
    "71": gettext_lazy("Architecture and engineering"),
    "72": gettext_lazy("Research"),
    "73": gettext_lazy("Advertising"),
    "74": gettext_lazy("Other professional services (photographers...)"),
    "75": gettext_lazy("Veterinary surgeons"),
    "77": gettext_lazy("Hire and leasing"),
    "78": gettext_lazy("Employment agencies"),
    "79": gettext_lazy("Travel agencies"),
    "80": gettext_lazy("Security"),
    "81": gettext_lazy("Cleaning and landscape services"),
    "82": gettext_lazy("Office services"),
    "84": gettext_lazy("Public administration"),
    "85": gettext_lazy("Education (driving schools...)"),
    "86": gettext_lazy("Health"),
    "87": gettext_lazy("Residential care"),
    "88": gettext_lazy("Social work"),
    "90": gettext_lazy("Arts and shows"),
    "91": gettext_lazy("Libraries and museums"),
    "92": gettext_lazy("Games of chance"),
    "93": gettext_lazy("Sport and leisure"),
    "94": gettext_lazy("Associations"),
    "95": gettext_lazy("Repair of household goods"),
    "96": gettext_lazy("Personal services (hairdressers, laundries...)"),
}
"""The trades that rent business premises. Others show their number."""


def division_of(naf: str) -> str:
    return naf[:2]


def trade_label(naf: str) -> str:
    """The division's name; `naf`: a code, or the division itself."""
    division = division_of(naf)
    if not division:
        return _("trade not recorded")
    label = DIVISIONS.get(division)
    return str(label) if label else _("NAF division %(number)s") % {"number": division}
