"""Between the identifiers that the API speaks and the tables' own keys that actions take."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from fundadmin.models import User
from grants.exceptions import ActionRefused, Breach
from grants.models import ReliefLine


def lines_outside(applications: Iterable[int]) -> dict[str, str]:
    """Key -> identifier of the lines of applications, both as text."""
    rows = ReliefLine.objects.filter(application__in=list(applications)).values_list("pk", "uuid")
    return {str(pk): str(uuid) for pk, uuid in rows}


def outside(refusal: ActionRefused, lines: Mapping[str, str]) -> ActionRefused:
    """A refusal with lines named by their identifiers."""
    return type(refusal)(_outside(breach, lines) for breach in refusal.breaches)


def _outside(breach: Breach, lines: Mapping[str, str]) -> Breach:
    place, _slash, key = breach.pointer.rpartition("/")
    pointer = f"{place}/{lines[key]}" if place.endswith(("amounts", "lines")) and key in lines else breach.pointer
    line = breach.params.get("line")
    params = breach.params if line is None else {**breach.params, "line": lines.get(str(line), "")}
    return replace(breach, pointer=pointer, params=params)


def inside(request: Mapping[str, Any], lines: Mapping[str, str], people: Mapping[str, int]) -> dict[str, Any]:
    """A request with the keys of the lines and people it names; what isn't known stays, for the action to refuse.

    `lines`: identifier -> key, as text. Only the places where an action takes them are looked at.
    """
    asked = dict(request)
    if isinstance(amounts := asked.get("amounts"), Mapping):
        asked["amounts"] = {lines.get(line, line): cents for line, cents in amounts.items()}
    if isinstance(chosen := asked.get("lines"), list):
        asked["lines"] = [int(lines[line]) if isinstance(line, str) and line in lines else line for line in chosen]
    if isinstance(to := asked.get("to"), str):
        asked["to"] = people.get(to, to)
    return asked


def people_inside(fund_ids: Iterable[int], requests: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Identifier -> key of the people that requests name, of these funds."""
    named = {str(request["to"]) for request in requests if "to" in request}
    wanted = [UUID(name) for name in named if _is_uuid(name)]
    if not wanted:
        return {}
    rows = User.objects.filter(uuid__in=wanted, memberships__fund__in=list(fund_ids)).distinct()
    return {str(uuid): pk for uuid, pk in rows.values_list("uuid", "pk")}


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
