"""api_approve: approvals over HTTP on one hot fund, against bare psycopg doing the action's own statements.

The reference is bench_approve's, by 4 processes. api_approve_view: the same requests against a view of the same server
that only knows who asks and answers `{}`. On one fund they queue for its position, so that api_approve_view_4_funds
says what the server does with four. Gunicorn with 2 processes as in production, keep-alive connections, a token, an
Idempotency-Key and an If-Match each. In alternate rounds on files alike.
"""

from collections.abc import Iterator
from itertools import chain, islice
from statistics import median
from typing import Any

from benchmarks.bench_approve import FILES, PROCESSES, approver, check, rate, replayer, vacuum
from benchmarks.scratch import report, server_environment, set_up_database

ROUNDS = 5
CONNECTIONS = 8
WARM_UP = 160  # requests, so that each thread's database connection has planned its statements
PER_ROUND = PROCESSES * FILES
FUNDS = 4
VIEWS = 800  # per round


def main() -> None:
    set_up_database()
    from benchmarks import http_load
    from benchmarks.reserved_files import make_hot_fund
    from tests.server import running_server

    hot = make_hot_fund(WARM_UP + 2 * ROUNDS * PER_ROUND)
    others = [make_hot_fund(ROUNDS * PER_ROUND // FUNDS, f"bench-{n}", n * 100_000) for n in range(1, FUNDS + 1)]
    _approve_one, statements_of = approver(hot.approver)
    waiting = iter(hot.files)
    recorded = [
        [[statements_of(file) for file in islice(waiting, FILES)] for _ in range(PROCESSES)] for _ in range(ROUNDS)
    ]
    vacuum()
    sent = approvals(hot, waiting)
    # One file of each fund after the other.
    spread = chain.from_iterable(zip(*(approvals(fund, iter(fund.files)) for fund in others), strict=True))
    nothing = [next(approvals(hot, iter(hot.files[:1]), "/api/v1/nothing/"))] * VIEWS
    rates: dict[str, list[float]] = {"reference": [], "ours": [], "view": [], "spread": []}
    with running_server(server_environment(), workers=2, API_REQUESTS_PER_MINUTE="1000000") as site:
        connections = [http_load.Connection(site.url) for _ in range(CONNECTIONS)]
        http_load.rate(connections, islice(sent, WARM_UP))
        for round_number in range(ROUNDS):
            rates["reference"].append(rate(recorded[round_number], replayer))
            rates["ours"].append(http_load.rate(connections, islice(sent, PER_ROUND)))
            rates["view"].append(http_load.rate(connections, nothing))
            rates["spread"].append(http_load.rate(connections, islice(spread, PER_ROUND)))
    for fund in (hot, *others):
        check(fund.fund)
    told("api_approve", rates["ours"], rates["reference"], 0.2)
    told("api_approve_view", rates["ours"], rates["view"], 0.12)
    told(f"api_approve_view_{FUNDS}_funds", rates["spread"], rates["view"], 0.12)


def approvals(fund: Any, files: Iterator[Any], path: str = "") -> Iterator[bytes]:
    """A request to approve each file, as its approver's program sends it."""
    from benchmarks.http_load import request
    from grants.actions.tokens import make_token
    from grants.enums import Role

    _token, secret = make_token(fund=fund.fund, roles=[Role.APPROVER], name="bench", days=1, by=fund.approver)
    for file in files:
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": f"approve-{file.pk}", "If-Match": '"4"'}
        yield request("POST", path or f"/api/v1/applications/{file.uuid}/approve/", headers, {"no_conflict": True})


def told(name: str, ours: list[float], reference: list[float], goal: float) -> None:
    ratio = median(a / b for a, b in zip(ours, reference, strict=True))
    report(name, ratio, f"{median(ours):.0f}/s", f"{median(reference):.0f}/s", at_least=goal)


if __name__ == "__main__":
    main()
