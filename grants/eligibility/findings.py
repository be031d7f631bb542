"""What a criterion answers: data that an assessment stores, and the sentences made from it when it is shown.

A leaf. A parameter's name says what it holds, and so how a reader sees it: `_cents` an amount, `_bp` basis
points, `_points` percentage points (in basis points), `_on` a day, `_month` and `_months` months, `facts` fact
names, `proceedings` and `nomenclature` entries of these lists.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format

from grants.eligibility.facts import FACTS, Evidence, Proceedings
from grants.eligibility.operators import Operator
from grants.eligibility.strict_json import Json, dump, load
from grants.eligibility.texts import LABELS, TEXTS, UNKNOWN, VERDICT
from grants.enums import AidRegime, Outcome
from grants.money import NO_BREAK_SPACE, Cents, percent
from landlords.enums import NafNomenclature


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion judged on one set of facts.

    `case` names which of the criterion's sentences applies; `what_would_make_it_pass` holds the nearest change
    (a gap, a limit, the facts to supply) and is empty when the criterion is met.
    """

    code: str
    outcome: Outcome
    case: str
    seen: Mapping[str, Json]
    required: Mapping[str, Json]
    what_would_make_it_pass: Mapping[str, Json]
    article: str
    rule_version: int
    evidence: Mapping[str, Evidence] = field(default_factory=dict)

    def sentence(self) -> str:
        """What was seen against what is required. It may quote figures that only the chamber may read."""
        return str(self._texts()[0]) % self._shown()

    def remedy(self) -> str:
        """What would make it pass; an empty text when it does, when nothing would, or when the sentence says it."""
        return str(self._texts()[1]) % self._shown()

    def verdict(self) -> str:
        """The criterion and its outcome without any figure: what the other side may always read."""
        return str(VERDICT) % {"criterion": LABELS[self.code], "outcome": self.outcome.label}

    def _texts(self) -> tuple[Any, Any]:
        return TEXTS.get((self.code, self.case), UNKNOWN)

    def _shown(self) -> dict[str, str]:
        params = {**self.seen, **self.required, **self.what_would_make_it_pass}
        texts = {name: shown(name, value) for name, value in params.items()}
        if "op" in params:
            bound = next(text for name, text in texts.items() if name.startswith("bound"))
            texts["needed"] = str(Operator(str(params["op"])).label) % {"bound": bound}
        return texts

    def to_json(self) -> dict[str, Any]:
        stored: dict[str, Any] = dump(self)
        return stored


def finding_from_json(data: object) -> Finding:
    """Read a stored finding; raise `BadInput` with every problem."""
    return load(Finding, data)


def shown(name: str, value: Json) -> str:
    """A parameter as its reader writes it."""
    if isinstance(value, tuple):
        return ", ".join(shown(name, item) for item in value)
    return str(SHOWN.get(name.rsplit("_", 1)[-1], str)(value))


def _points(basis_points: int) -> str:
    return percent(basis_points).rstrip("%" + NO_BREAK_SPACE)


def _day(day: str) -> str:
    return date_format(date.fromisoformat(day), "SHORT_DATE_FORMAT")


def _month(month: str) -> str:
    return date_format(date.fromisoformat(f"{month}-01"), "YEAR_MONTH_FORMAT")


def _fact(name: str) -> str:
    return f"{FACTS[name].label} ({FACTS[name].supplier.label})"


SHOWN: Mapping[str, Callable[[Any], object]] = {
    "cents": Cents,
    "bp": percent,
    "points": _points,
    "on": _day,
    "month": _month,
    "months": _month,
    "facts": _fact,
    "regime": lambda value: AidRegime(value).label,
    "proceedings": lambda value: Proceedings(value).label,
    "nomenclature": lambda value: NafNomenclature(value).label,
}
"""How a parameter is shown, by the last word of its name."""
