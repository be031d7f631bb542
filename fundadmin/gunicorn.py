"""Gunicorn's configuration: `gunicorn --config python:fundadmin.gunicorn`, behind a proxy that ends TLS.

WEB_CONCURRENCY is the number of processes, WEB_THREADS that of threads in each, GUNICORN_BIND where it listens
(systemd's socket, when there is one, wins).
"""

import os
import shutil
import tempfile
from typing import Any

# Before anything imports prometheus_client, which looks once: the processes count together, in files of this folder.
OWN_FOLDER = "PROMETHEUS_MULTIPROC_DIR" not in os.environ
if OWN_FOLDER:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="fundadmin-metrics-")

from fundadmin.logs import configuration  # noqa: E402 - the environment above comes first

wsgi_app = "fundadmin.wsgi:application"
bind = os.environ.get("GUNICORN_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Threads keep idle connections of the proxy open without holding a process.
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
keepalive = 75
timeout = 60
graceful_timeout = 30
# A process that grows is replaced; not all of them at once.
max_requests = 10_000
max_requests_jitter = 1_000
# The heartbeat's file should not wait for a disk.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108 - Linux's memory
# Each request is one line of fundadmin.logs, without the address and the visitor.
accesslog = None
errorlog = "-"
logconfig_dict = configuration(readable=False)
control_socket_disable = True


def child_exit(_server: Any, worker: Any) -> None:
    """A gone process's gauges are forgotten, its counters kept."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(_server: Any) -> None:
    if OWN_FOLDER:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
