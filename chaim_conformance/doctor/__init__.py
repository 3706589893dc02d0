"""Can this machine judge this provider? Findings, a line each, with what to do about them.

``machine.py`` looks at what is installed, ``surroundings.py`` at what the system allows,
``provider.py`` at ``chaim.toml`` and at whether each half of each provider starts.
"""
