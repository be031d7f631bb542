"""Schemathesis against the real server: `run.py` starts it, `people.py` is loaded by it."""
