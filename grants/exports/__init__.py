"""Rows in, text or bytes out. Nothing here sees a request or saves."""
