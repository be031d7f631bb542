"""Three invented stories, played through the real actions: what `manage.py demo` prints and tests/test_story.py reads.

origin.py, small_team.py and today.py tell them, chapter by chapter. people.py, tenants.py, small_team_rolls.py and
charters.py say who and on which terms; rent_rolls.py writes the files that the real import reads; desk.py and
opening.py are the steps all stories take; report.py adds it all up. The stories are told in French, as their readers
would.
"""
