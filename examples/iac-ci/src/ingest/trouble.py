"""The one exception that is meant."""


class Trouble(Exception):
    """Why nothing was published, in our own words: no secret, no URL, nobody else's text (H70)."""
