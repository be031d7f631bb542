"""A refusal carries all its reasons, as sentences in its reader's language."""

from datetime import date

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from grants.exceptions import Breach, RuleRefused
from grants.money import Cents

DUE = Breach(
    "due", _("%(who)s owes %(amount)s on %(day)s."), {"who": "A", "amount": Cents(12_00), "day": date(2020, 5, 4)}
)


def test_a_breach_is_written_when_it_is_shown() -> None:
    with translation.override("en"):
        assert str(DUE) == "A owes €12.00 on 05/04/2020."
    with translation.override("fr"):
        assert str(DUE).endswith("04/05/2020.")
        assert "12,00" in str(DUE)


def test_a_refusal_says_all_its_reasons() -> None:
    refusal = RuleRefused(iter([DUE, Breach("late", "Too late.")]))
    assert refusal.codes == ["due", "late"]
    with translation.override("en"):
        assert str(refusal) == "A owes €12.00 on 05/04/2020. Too late."
