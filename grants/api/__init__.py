"""The REST API, under /api/v1/: the same actions as the pages, for landlords' and chambers' own systems.

authentication.py: who asks. preconditions.py: Idempotency-Key, ETag and If-Match. pages.py: keyset pages with Link
headers. steps.py: what each action's endpoint takes, and how it becomes the action's keywords. serializers/: what is
read. views/: the endpoints. schema.py: what drf-spectacular can't see by itself. Problems: `fundadmin.errors`.
"""
