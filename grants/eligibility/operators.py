"""The four comparisons that a charter may ask for. A leaf."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Operator(TextChoices):
    """How a figure compares with the charter's. Sources disagree on "more than" and "at least": it is data."""

    LESS = "<", _("less than %(bound)s")
    AT_MOST = "<=", _("at most %(bound)s")
    MORE = ">", _("more than %(bound)s")
    AT_LEAST = ">=", _("at least %(bound)s")

    @property
    def asks_for_less(self) -> bool:
        return self in (Operator.LESS, Operator.AT_MOST)

    def holds(self, figure: int, bound: int) -> bool:
        return figure <= self.limit(bound) if self.asks_for_less else figure >= self.limit(bound)

    def limit(self, bound: int) -> int:
        """The last whole figure that passes: 9 for "less than 10", 10 for "at most 10"."""
        return bound + {Operator.LESS: -1, Operator.MORE: 1}.get(self, 0)
