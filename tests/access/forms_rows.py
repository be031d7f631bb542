"""A fund's settings, what is kept and erased, a tenant's data."""

from collections.abc import Mapping
from typing import Any, Final

from grants.models import EliminationList, LegalHold
from grants.retention import FILE_RULES
from tests.access.people import ALL
from tests.access.rows import Row, code, one, page, write
from tests.access.scene import Scene
from tests.factories import OPENED_ON, key

MANAGERS: Final = frozenset({"landlord manager", "chamber manager"})
CHAMBER_MANAGER: Final = frozenset({"chamber manager"})


def held(scene: Scene) -> int:
    """A suspension that the fund's own manager asked for."""
    world = scene.world
    given = {"reason": "Contrôle", "set_by": world.landlord_manager, "set_on": OPENED_ON}
    return LegalHold.objects.get_or_create(fund=world.fund, application=None, lifted_on=None, defaults=given)[0].pk


def listed(scene: Scene) -> int:
    day = OPENED_ON.isoformat()
    row = {
        "application": scene.file.pk,
        "reference": scene.file.reference,
        "rule": next(iter(FILE_RULES)),
        "documents": 2,
    }
    rows = [row | {"closed_on": day, "kept_until": day}]
    given = {"prepared_on": OPENED_ON, "rules_version": "essai", "rows": rows, "digest": "0" * 64}
    return EliminationList.objects.get_or_create(fund=scene.world.fund, defaults=given)[0].pk


def tenant(scene: Scene) -> Any:
    return scene.file.tenant.uuid


def keyed(_scene: Scene) -> dict[str, str]:
    return {"key": key()}


FORMS: Mapping[str, Row] = {
    # Everybody reads it; who may not change it is told why.
    "grants:fund_settings": write(page("grants:fund_settings", code), keyed, own=ALL),
    "grants:retention": one(page("grants:retention", code), own=MANAGERS),
    "grants:suspend_erasure": write(page("grants:suspend_erasure", code), keyed, own=MANAGERS),
    "grants:resume_erasure": write(page("grants:resume_erasure", code, held), keyed, own=MANAGERS),
    "grants:archives": one(page("grants:archives", code), own=MANAGERS),
    "grants:archives_visa": write(page("grants:archives_visa", code, listed), keyed, own=MANAGERS),
    "grants:elimination_list": one(page("grants:elimination_list", code, listed, lambda _scene: "csv"), own=MANAGERS),
    "grants:subject_access_tenants": one(page("grants:subject_access_tenants", code), own=CHAMBER_MANAGER),
    "grants:subject_access": one(page("grants:subject_access", code, tenant), own=CHAMBER_MANAGER),
}
