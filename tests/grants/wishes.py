"""How the people of a world want to be told: by default in a digest, which is no use to a test of a single mail."""

from grants.actions import mailing
from grants.enums import Topic
from tests.factories import World


def at_once(world: World) -> World:
    """Everybody wants to be told at once."""
    for person in set(world.people.values()):
        mailing.prefer(mails=dict.fromkeys(Topic.values, "now"), hour=7, by=person)
    return world
