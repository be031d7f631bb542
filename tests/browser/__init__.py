"""The site in a real browser: Chromium, driven by Playwright, against a real server. Nothing leaves this machine."""
