# `make demo` shows fundadmin at work; `make test` tests it. Needs Python 3.11 or newer and nothing else.
# Everything is named relatively, so the project may lie in a directory with a space in its name.

PYTHON ?= python3
PORT ?= 8000
SERVE ?= 1
VENV_PYTHON = .venv/bin/python
MANAGE = $(VENV_PYTHON) manage.py

# The address on letters, in QR codes and mails is the one that is served, unless .env or the environment names another.
ifeq ($(shell grep -s '^SITE_URL=' .env),)
demo: export SITE_URL ?= http://127.0.0.1:$(PORT)
endif

.PHONY: help demo test axe screenshots help-pictures lint bench messages openapi stop
.DELETE_ON_ERROR:

help:
	@echo "make demo    play the stories, then serve on http://127.0.0.1:$(PORT)/ (SERVE=0: only run them)"
	@echo "make test    run every test (TEST_DATABASE_URL=...: on that server)"
	@echo "make axe     judge every page by axe, in both languages, light and dark, at 1280 and 390 px"
	@echo "make screenshots  a picture of every page, in var/screenshots/"
	@echo "make help-pictures  take the pictures of /aide anew"
	@echo "make lint    check style, types and the import order"
	@echo "make bench   measure against references"
	@echo "make messages  update and compile the French catalogue"
	@echo "make openapi write the API's description, docs/openapi.yaml"
	@echo "make stop    stop the embedded PostgreSQL"

demo: .venv/runtime-installed .env
	@$(MANAGE) demo
ifneq ($(SERVE),0)
	@$(MANAGE) procrastinate worker >var/demo/worker.log 2>&1 & worker=$$!; trap "kill $$worker" EXIT; \
	$(MANAGE) runserver 127.0.0.1:$(PORT)
endif

# Coverage is of the whole suite, so the bar stands here and not in pyproject.toml.
test: .venv/tests-installed
	@$(VENV_PYTHON) -m tests.browser.chromium
	@$(VENV_PYTHON) -m pytest -n auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder --durations 40 --durations-min 5 --cov --cov-fail-under=100

axe: .venv/tests-installed
	@EVERY_LOOK=1 $(VENV_PYTHON) -m pytest --quiet tests/browser/test_pages.py

screenshots: .venv/tests-installed
	@SCREENSHOTS=var/screenshots $(VENV_PYTHON) -m pytest --quiet tests/browser/test_pages.py

help-pictures: .venv/tests-installed
	@$(VENV_PYTHON) -m pytest --quiet tests/browser/help_pictures.py

lint: .venv/tests-installed
	@$(VENV_PYTHON) -m ruff check .
	@$(VENV_PYTHON) -m ruff format --check .
	@$(VENV_PYTHON) -m mypy .
	@$(VENV_PYTHON) .venv/bin/lint-imports --no-logo

bench: .venv/tests-installed
	@$(VENV_PYTHON) -m benchmarks

messages: .venv/tests-installed
	@DEBUG=true $(MANAGE) catalogue

openapi: .venv/runtime-installed
	@DEBUG=true $(MANAGE) spectacular --fail-on-warn --file docs/openapi.yaml

stop: .venv/runtime-installed
	@DEBUG=true DATABASE_URL=embedded:// $(MANAGE) database stop

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("fundadmin needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "This Python has no venv module: install it (on Debian: python3-venv)."; exit 1; }

.venv/runtime-installed: requirements.txt | .venv/bin/python
	@$(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

.venv/tests-installed: tests/requirements.txt .venv/runtime-installed
	@$(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
	@touch $@

.env: | .venv/bin/python
	@umask 077 && $(VENV_PYTHON) -c 'import secrets; print("DEBUG=true", "SECRET_KEY=" + secrets.token_urlsafe(48), "DATABASE_URL=embedded://", sep="\n")' > $@
