"""What a provider's repo is, found out by looking at its files: for ``init``.

``handlers_*.py`` and ``binders.py`` find candidates, ``repo.py`` puts them together,
``chaim_toml.py`` and ``workflow.py`` make the files of it. Nothing of the repo is run.
"""
