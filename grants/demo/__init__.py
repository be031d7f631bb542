"""Two invented stories, played through the real actions: what `manage.py demo` prints and tests/test_story.py reads.

origin.py and small_team.py tell them, chapter by chapter. people.py, tenants.py, small_team_rolls.py, charters.py say
who and on which terms; rent_rolls.py writes the files that the real import reads; desk.py and opening.py are the steps
both stories take; report.py adds it all up. The stories are told in French, as their readers would.
"""
