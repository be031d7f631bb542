"""api_approve: approvals over HTTP on one hot fund, against bare psycopg doing the action's own statements.

The reference is bench_approve's, by as many processes as there are connections. api_approve_view: the same requests
against a view of the same server that only knows who asks and answers `{}`. Gunicorn with 2 processes as in production,
keep-alive connections, a token, an Idempotency-Key and an If-Match each. In alternate rounds on files alike.
"""

from collections.abc import Iterator
from itertools import islice
from statistics import median
from typing import Any

from benchmarks.bench_approve import FILES, PROCESSES, approver, check, rate, replayer, vacuum
from benchmarks.scratch import report, server_environment, set_up_database

ROUNDS = 5
CONNECTIONS = 8
WARM_UP = 160  # requests, so that each thread's database connection has planned its statements
VIEWS = 800  # per round


def main() -> None:
    set_up_database()
    from benchmarks import http_load
    from benchmarks.reserved_files import make_hot_fund
    from grants.actions.tokens import make_token
    from grants.enums import Role
    from tests.server import running_server

    per_round = PROCESSES * FILES
    hot = make_hot_fund(WARM_UP + 2 * ROUNDS * per_round)
    waiting = iter(hot.files)
    _token, secret = make_token(fund=hot.fund, roles=[Role.APPROVER], name="bench", days=1, by=hot.approver)
    _approve_one, statements_of = approver(hot.approver)
    recorded = [
        [[statements_of(file) for file in islice(waiting, FILES)] for _ in range(PROCESSES)] for _ in range(ROUNDS)
    ]
    vacuum()

    def sent(file: Any, path: str = "") -> bytes:
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": f"approve-{file.pk}", "If-Match": '"4"'}
        return http_load.request(
            "POST", path or f"/api/v1/applications/{file.uuid}/approve/", headers, {"no_conflict": True}
        )

    def approvals(count: int) -> Iterator[bytes]:
        return (sent(file) for file in islice(waiting, count))

    nothing = [sent(hot.files[0], "/api/v1/nothing/")] * VIEWS
    ours, reference, view = [], [], []
    with running_server(server_environment(), workers=2, API_REQUESTS_PER_MINUTE="1000000") as site:
        connections = [http_load.Connection(site.url) for _ in range(CONNECTIONS)]
        http_load.rate(connections, approvals(WARM_UP))
        for round_number in range(ROUNDS):
            reference.append(rate(recorded[round_number], replayer))
            ours.append(http_load.rate(connections, approvals(per_round)))
            view.append(http_load.rate(connections, nothing))
    check(hot.fund)
    against = median(a / b for a, b in zip(ours, reference, strict=True))
    against_view = median(a / b for a, b in zip(ours, view, strict=True))
    report("api_approve", against, f"{median(ours):.0f}/s", f"{median(reference):.0f}/s", at_least=0.2)
    report("api_approve_view", against_view, f"{median(ours):.0f}/s", f"{median(view):.0f}/s", at_least=0.12)


if __name__ == "__main__":
    main()
