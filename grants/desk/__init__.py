"""Whose turn it is: what lies on a person's desk, and whom each file waits for.

`tasks_of(user)` is a person's own work, `counts_of(user)` how much of it there is and how many messages are unread,
`waiting_for(files)` says of any file who has it now and since when. A task is what a person may do now: four eyes,
being in charge and visibility are judged as the actions judge them (`grants.actions.available`).
"""

from grants.desk.kinds import Kind
from grants.desk.tasks import Group, Task, counts_of, tasks_of
from grants.desk.waiting import Waiting, Who, awaiting, waiting_for

__all__ = ["Group", "Kind", "Task", "Waiting", "Who", "awaiting", "counts_of", "tasks_of", "waiting_for"]
