"""The report as one page of HTML that needs nothing else: ``page.py`` has all of it."""
