"""What a production server imports: `gunicorn --config python:fundadmin.gunicorn`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fundadmin.settings")

application = get_wsgi_application()
