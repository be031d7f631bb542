"""The application's settings, with one more address: a view that does nothing but know who asks."""

from fundadmin.settings import *  # noqa: F403 - the settings are the application's

ROOT_URLCONF = "benchmarks.server_urls"
