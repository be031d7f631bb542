"""What a refusal looks like, by its status."""

from collections.abc import Mapping
from typing import Any

from fundadmin.errors import KINDS, OTHERS, Kind
from grants.api.examples.ids import MARCH
from grants.exceptions import BadInput, RuleRefused, StaleVersion


def example(kind: Kind, detail: str, code: str = "", pointer: str = "") -> dict[str, Any]:
    error = {"code": code, "detail": detail} | ({"pointer": pointer} if pointer else {})
    return {
        "type": f"urn:fundadmin:problem:{kind.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "errors": [error] if code else [],
    }


PROBLEM_EXAMPLES: Mapping[int, dict[str, Any]] = {
    400: example(
        OTHERS[400],
        "Send an Idempotency-Key header: 1 to 200 visible ASCII characters, new for each request.",
    ),
    401: example(OTHERS[401], "This token is unknown, expired or revoked: make a new one on the site."),
    403: example(OTHERS[403], "You entered or changed this application: somebody else assesses it.", "four_eyes"),
    404: example(OTHERS[404], "This does not exist, or is not yours to read."),
    406: example(OTHERS[406], "Could not satisfy the request Accept header."),
    409: example(
        KINDS[RuleRefused],
        "“Approve” can't be done while the application is “Submitted”.",
        "wrong_state",
    ),
    412: example(
        KINDS[StaleVersion],
        "oise-2020-0007 has changed since you read it: read it again, then decide.",
        "stale_version",
    ),
    413: example(OTHERS[413], "A request has at most 2621440 bytes."),
    415: example(OTHERS[415], "Unsupported media type “text/plain” in request."),
    422: example(KINDS[BadInput], "An amount is a whole number of cents.", "invalid", f"/amounts/{MARCH}"),
    428: example(OTHERS[428], "Send an If-Match header with the ETag of the application as you read it."),
    429: example(OTHERS[429], "Too many requests: try again in 12 s."),
}
