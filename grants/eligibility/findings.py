"""What a criterion answers: data that an assessment stores, and the sentences made from it when it is shown.

A leaf. A parameter's name says what it holds, and so how a reader sees it: `_cents` an amount, `_bp` basis
points, `_points` percentage points (in basis points), `_on` a day, `_month` and `_months` months, `facts` fact
names, `proceedings` and `nomenclature` entries of these lists.
"""

from collections.abc import Mapping
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
        """What would make it pass; an empty text when it does, or when nothing would."""
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
    kind = name.rsplit("_", 1)[-1]
    if isinstance(value, int):
        return _shown_number(kind, value)
    if not isinstance(value, str):
        return ""
    if kind == "on":
        return date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT")
    if kind in ("month", "months"):
        return date_format(date.fromisoformat(f"{value}-01"), "YEAR_MONTH_FORMAT")
    if kind == "facts":
        return f"{FACTS[value].label} ({FACTS[value].supplier.label})"
    if kind == "regime":
        return str(AidRegime(value).label)
    if kind == "proceedings":
        return str(Proceedings(value).label)
    if kind == "nomenclature":
        return str(NafNomenclature(value).label)
    return value


def _shown_number(kind: str, value: int) -> str:
    if kind == "cents":
        return str(Cents(value))
    if kind == "bp":
        return percent(value)
    if kind == "points":
        return percent(value).rstrip("%" + NO_BREAK_SPACE)
    return str(value)
