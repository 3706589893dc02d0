"""The one exception that this function means."""


class Trouble(Exception):
    """Why nothing was published, in words that hold no secret, no URL and no server's answer."""
