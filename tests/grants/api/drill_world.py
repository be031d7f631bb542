"""Run as a child process on an empty database: migrates it and opens a fund with eligible files.

Prints, as JSON, the fund's code, the approver's and the payer's tokens, and each file's identifier, version and line.
"""

import json

import django
from django.core.management import call_command

FILES = 60


def main() -> None:
    django.setup()
    from django.utils import timezone

    from grants.enums import State
    from tests.factories import MONTHS, tenant_with_lease
    from tests.grants import walk
    from tests.grants.api.caller import world_of_today
    from tests.grants.api.program import secret_of

    call_command("migrate", verbosity=0)
    world = world_of_today()
    files = []
    for _ in range(FILES):
        lease = tenant_with_lease(world, months=MONTHS[:1], rent_cents=100_00)
        file = walk.walk_to(world, State.ELIGIBLE, lease=lease, on=timezone.localdate())
        files.append({"id": str(file.uuid), "version": file.version, "line": str(file.lines.get().uuid)})
    made = {
        "fund": world.fund.code,
        "approver": secret_of(world, world.approver),
        "payer": secret_of(world, world.payer),
        "files": files,
    }
    print(json.dumps(made))  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
