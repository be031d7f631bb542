"""Run as a child process on an empty database: migrates it, opens a fund with files, and logs somebody in.

Prints, as JSON, the session's cookie and the fund's code.
"""

import json

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    from django.contrib.sessions.backends.db import SessionStore

    from grants.enums import State
    from tests import factories
    from tests.grants import walk

    call_command("migrate", verbosity=0)
    world = factories.open_fund()
    walk.walk_to(world, State.CREDITED)
    session = SessionStore()
    session["_auth_user_id"] = str(world.approver.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = world.approver.get_session_auth_hash()
    session.save()
    print(json.dumps({"session": session.session_key, "fund": world.fund.code}))  # noqa: T201 - what it is for


if __name__ == "__main__":
    main()
