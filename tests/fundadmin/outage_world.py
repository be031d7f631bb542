"""Run as a child process on an empty database: migrates it, opens a fund with files, and logs somebody in.

Prints, as JSON, the session's cookie and the fund's code.
"""

import json

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    from django.test import Client

    from grants.enums import State
    from tests import factories
    from tests.accounts import log_in
    from tests.grants import walk

    call_command("migrate", verbosity=0)
    world = factories.open_fund()
    walk.walk_to(world, State.CREDITED)
    session = log_in(Client(), world.approver).session
    print(json.dumps({"session": session.session_key, "fund": world.fund.code}))  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
