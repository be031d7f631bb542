"""The pages of who assesses, decides and credits: one file at a time, a desk of many, and the two in one sitting.

Each step is asked for on a form, rehearsed, confirmed on a page of its own and taken by its action (`flow`).
"""
