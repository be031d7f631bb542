"""The only writers. One verb per function, keyword-only; `by`, `key` and `on` last; returns the object.

`by` acts; `key` makes the action exactly-once (the same key again returns the first outcome, see `turn`);
`on` is the value date, today in Europe/Paris by default: pages and the API never pass it.
Every refusal is an `exceptions.ActionRefused` with all its reasons, and then nothing was changed.
"""
