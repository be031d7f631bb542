"""api_list, api_list_halfway: the application list over HTTP at 100,000 applications against 1,000, at the p95.

The first page, and the page halfway through by `?after=`. Read by a token of one fund, behind as many newer
applications of another; and by two people who are logged in, one of both funds and one of the older alone. Two
databases, each with a server of one process; both are asked in turn, so that a busy machine slows both.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from benchmarks.scratch import DATABASE, copy_database, report, server_environment, set_up_database, use_database

MANY, FEW = 100_000, 1_000
PAGE = 50  # items, by default
GOAL = 1.3
ROUNDS, REQUESTS = 3, 200  # requests per page, reader and database in each round
WARM_UP = 20


def main() -> None:
    set_up_database()
    from benchmarks.bench_approve import vacuum
    from benchmarks.http_load import Connection
    from benchmarks.long_list import add_applications, make_readers
    from tests.server import running_server

    readers = make_readers()
    for fund in readers.funds:
        add_applications(fund, FEW)
    many = copy_database("many")
    halfway = {"few": middle(readers.funds[0])}
    vacuum()
    use_database(many)
    for fund in readers.funds:
        add_applications(fund, MANY - FEW)
    halfway["many"] = middle(readers.funds[0])
    vacuum()
    with (
        running_server(server_environment(DATABASE), workers=1, API_REQUESTS_PER_MINUTE="1000000") as few_site,
        running_server(server_environment(many), workers=1, API_REQUESTS_PER_MINUTE="1000000") as many_site,
    ):
        connections = {"few": Connection(few_site.url), "many": Connection(many_site.url)}
        for name, who in (("", readers.token), ("_both_funds", readers.both), ("_older_fund", readers.older)):
            for page in ("api_list", "api_list_halfway"):
                asks = {
                    size: asker(connection, halfway[size] if page == "api_list_halfway" else "", who)
                    for size, connection in connections.items()
                }
                ours, reference = p95(asks["many"], asks["few"])
                report(page + name, ours / reference, f"{ours * 1e3:.1f} ms", f"{reference * 1e3:.1f} ms", at_most=GOAL)


def middle(fund: Any) -> str:
    """The application in the middle of a fund's list."""
    from grants.models import Application

    mine = Application.objects.filter(fund=fund).order_by("pk")
    return str(mine[mine.count() // 2].uuid)


def asker(connection: Any, after: str, who: dict[str, str]) -> Callable[[], None]:
    import json

    from benchmarks.http_load import request

    sent = request("GET", f"/api/v1/applications/?after={after}" if after else "/api/v1/applications/", who)
    assert len(json.loads(connection.ask(sent))["items"]) == PAGE
    return lambda: connection.ask(sent)


def p95(ours: Callable[[], None], reference: Callable[[], None]) -> tuple[float, float]:
    """Both asked in turn; of each the median of its rounds' p95."""
    for _ in range(WARM_UP):
        ours()
        reference()
    rounds: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(REQUESTS):
            for ask, taken in zip((ours, reference), times, strict=True):
                begin = perf_counter()
                ask()
                taken.append(perf_counter() - begin)
        mine, others = (sorted(taken)[int(0.95 * REQUESTS)] for taken in times)
        rounds.append((mine, others))
    return sorted(mine for mine, _other in rounds)[ROUNDS // 2], sorted(other for _mine, other in rounds)[ROUNDS // 2]


if __name__ == "__main__":
    main()
