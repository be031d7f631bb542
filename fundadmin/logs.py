"""Logs for machines, one JSON object per line (readable lines where DEBUG is true), that hold no personal data.

Each request is one line: its id, the pattern of its address (never the address itself, whose query may hold a name),
status, duration and the user's number. An unhandled error is one line with its type and the places it passed through:
neither local variables nor its message, which often repeats what somebody typed, or a whole row of the database.
"""

import logging
import re
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import structlog
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils.functional import LazyObject, empty
from structlog.typing import EventDict, Processor

logger = structlog.stdlib.get_logger("fundadmin.request")

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MILLISECONDS = 1000
SERVER_ERROR = 500
# Gunicorn writes whom a bad request came from, and the address asked for, into the message itself.
SAYS_WHO_OR_WHERE = re.compile(r"(Invalid request|Error handling request).*", re.DOTALL)


def configuration(*, readable: bool) -> dict[str, Any]:
    """The LOGGING setting; gunicorn and the worker log the same way."""
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        say_less,
        say_where_it_failed,
    ]
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=False)]
        if readable
        else [structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]
    )
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "ours": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": before,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "ours"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # Their own handlers would print each line twice, or mail it with local variables.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
            # Each command would begin by saying that it knows its tasks.
            "procrastinate.blueprints": {"level": "WARNING"},
            "procrastinate.periodic": {"level": "WARNING"},
            # They name the address asked for; `RequestLog` tells the same without it.
            "django.request": {"level": "CRITICAL" if not readable else "ERROR"},
            "django.security.csrf": {"level": "CRITICAL" if not readable else "WARNING"},
        },
    }


def say_less(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Leave out what other libraries write of the person or the address."""
    name = str(event.get("logger"))
    if name.startswith("django.security"):
        event["event"] = "suspicious request"
    if name == "gunicorn.error":
        event["event"] = SAYS_WHO_OR_WHERE.sub(r"\1", str(event["event"]))
    return event


def say_where_it_failed(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and the places it passed through, causes first."""
    given = event.pop("exc_info", None)
    record: logging.LogRecord | None = event.get("_record")
    if record is not None and record.exc_info:
        # The formatter would add its own traceback, with the message.
        given, record.exc_info, record.exc_text = record.exc_info, None, None
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["error"] = type(error).__qualname__
        event["traceback"] = [place for cause in causes(error) for place in places(cause)]
        for name, value in database_diagnosis(error).items():
            event[name] = value
    return event


def causes(error: BaseException) -> list[BaseException]:
    """What led to it and itself, the first cause first."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.insert(0, current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return chain


def places(error: BaseException) -> list[str]:
    """`file:line function` of each call, then the error's type."""
    found, traceback = [], error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        found.append(f"{code.co_filename}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return [*found, type(error).__qualname__]


def database_diagnosis(error: BaseException) -> dict[str, str]:
    """What PostgreSQL says of an error that isn't somebody's data: its code and the names concerned."""
    for cause in causes(error):
        if isinstance(cause, psycopg.Error):
            said = {
                "sqlstate": cause.sqlstate,
                "table": cause.diag.table_name,
                "constraint": cause.diag.constraint_name,
            }
            return {name: value for name, value in said.items() if value}
    return {}


class RequestLog:
    """The outermost middleware of ours: names each request, and writes one line when it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        structlog.contextvars.clear_contextvars()
        given = request.headers.get("X-Request-ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
        structlog.contextvars.bind_contextvars(request_id=request_id)
        start = time.perf_counter()
        # Invented methods would each become a metric.
        response = self.get_response(request) if request.method in METHODS else HttpResponseNotAllowed(METHODS)
        response["X-Request-ID"] = request_id
        logger.log(
            logging.ERROR if response.status_code >= SERVER_ERROR else logging.INFO,
            "request",
            method=request.method if request.method in METHODS else "other",
            route=route_of(request),
            status=response.status_code,
            duration_ms=round((time.perf_counter() - start) * MILLISECONDS, 1),
            user_id=user_number(request),
        )
        structlog.contextvars.clear_contextvars()
        return response


def route_of(request: HttpRequest) -> str | None:
    """The pattern of the address, such as `fonds/<slug:code>/`; None where there is no such page."""
    return request.resolver_match.route if request.resolver_match else None


def user_number(request: HttpRequest) -> int | None:
    """The user's number if the request has asked who it is: asking now would cost queries, or fail."""
    user = request.__dict__.get("user")
    if isinstance(user, LazyObject) and user.__dict__.get("_wrapped", empty) is empty:
        return None
    return getattr(user, "pk", None)


def log_unhandled_error(request: HttpRequest | None = None, **_signal: Any) -> None:
    """Once for each error that became a 500."""
    # Django sends the signal while it handles the error.
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError):
        return  # the database is away: `fundadmin.outages` answers, and says so
    logger.error("unhandled error", route=route_of(request) if request else None, exc_info=error)


def connect() -> None:
    got_request_exception.connect(log_unhandled_error, dispatch_uid="fundadmin.logs")
