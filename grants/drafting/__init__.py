"""A draft as its advisor fills it in: what is asked, what was answered, and how the file stands.

papers.py: the kinds of document, and files read into documents. months.py: the calendar of months and what each would
ask for. answers.py: the criteria's questions, to and from the facts. form.py: all of it as one form.
standing.py: findings, warnings and what still keeps the file from being submitted.
"""
