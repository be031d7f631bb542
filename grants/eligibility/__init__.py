"""Eligibility: facts -> findings, by the criteria a charter lists. Pure: no model, clock or request.

A charter stores a code and parameters for each criterion (`CriterionSpec`); `parse_criterion` validates them;
`evaluate` judges `Facts` on a day and answers one `Finding` each: yes, no or to verify, what was seen, what is
required and what would make it pass. Unknown never passes. An assessment stores `record(...)`, so that `replay`
can tell whether today's rules answer the same.

facts.py: what is known, who supplies it, who may see it. turnover.py, business.py, tenancy.py: the criteria.
texts.py: their sentences; in_words.py: the criteria themselves, for who wants to apply.
strict_json.py: in from JSON and back.
"""

from grants.eligibility.charter_criteria import (
    CRITERIA,
    CriterionSpec,
    evaluate,
    parse_criteria,
    parse_criterion,
)
from grants.eligibility.criterion import Criterion
from grants.eligibility.facts import (
    FACT_SUPPLIER,
    FACTS,
    AidStatus,
    Closure,
    Evidence,
    Facts,
    LeaseFact,
    OtherAid,
    Proceedings,
    Supplier,
    facts_from_json,
    facts_to_json,
)
from grants.eligibility.findings import Finding, finding_from_json
from grants.eligibility.in_words import in_words
from grants.eligibility.operators import Operator
from grants.eligibility.replay import Difference, record, replay
from grants.eligibility.strict_json import Month
from grants.eligibility.texts import LABELS
from grants.eligibility.turnover import Reference

__all__ = [
    "CRITERIA",
    "FACTS",
    "FACT_SUPPLIER",
    "LABELS",
    "AidStatus",
    "Closure",
    "Criterion",
    "CriterionSpec",
    "Difference",
    "Evidence",
    "Facts",
    "Finding",
    "LeaseFact",
    "Month",
    "Operator",
    "OtherAid",
    "Proceedings",
    "Reference",
    "Supplier",
    "evaluate",
    "facts_from_json",
    "facts_to_json",
    "finding_from_json",
    "in_words",
    "parse_criteria",
    "parse_criterion",
    "record",
    "replay",
]
