"""Whether there are people enough: what nobody could carry to credited, who can take a file's next step.

Four eyes ask for four disjoint sets of people in each file, so a small team can lack somebody for some files only.
All of it assumes the members of one day and tries their combinations: a fund's people are few.
"""

from grants.staffing.files import can_finish, movers, stuck
from grants.staffing.gaps import Gap, gaps_from_json, gaps_on_filing, staffing_gaps
from grants.staffing.team import Step, steps_after_visa

__all__ = [
    "Gap",
    "Step",
    "can_finish",
    "gaps_from_json",
    "gaps_on_filing",
    "movers",
    "staffing_gaps",
    "steps_after_visa",
    "stuck",
]
