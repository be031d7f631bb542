"""The figures of a fund that managers watch and officials are shown: integers only, a fixed number of queries.

What was granted is what the ledger says: committed and not given up, by value date, so that it is exact as at any day
and the sums over trades and over places are the fund's position. Businesses are counted as undertakings: by SIREN, one
that has none by its tenant's row.

- `figures`: who was helped, with how much, how soon; by trade and by place.
- `roll`: who could have applied, as far as the rent roll tells, and who never did.
- `burning`: the money left over time, and the day it runs dry at the pace of the last weeks.
- `cells`: what may be published: no group of fewer than five businesses can be read or computed.
- `promises`: the landlord's commitments other than money. `report`: what officials are shown of it all.
- `files_at`, `promises_at`: files and commitments as they stood at the end of a day.
- `pictures`: where the parts of the charts lie.
"""

from grants.statistics.burning import Burning, Forecast, burning
from grants.statistics.cells import SMALL, Published, published
from grants.statistics.figures import Delays, Figures, figures
from grants.statistics.groups import Group
from grants.statistics.lateness import lateness
from grants.statistics.past import FileThen, files_at
from grants.statistics.promises import Promised, promises, promises_at
from grants.statistics.report import Done, Report, done, report
from grants.statistics.roll import Candidate, Roll, roll, tenants_of
from grants.statistics.trades import trade_label

__all__ = [
    "SMALL",
    "Burning",
    "Candidate",
    "Delays",
    "Done",
    "Figures",
    "FileThen",
    "Forecast",
    "Group",
    "Promised",
    "Published",
    "Report",
    "Roll",
    "burning",
    "done",
    "figures",
    "files_at",
    "lateness",
    "promises",
    "promises_at",
    "published",
    "report",
    "roll",
    "tenants_of",
    "trade_label",
]
