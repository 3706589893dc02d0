"""The one exception that the publisher means."""


class Trouble(Exception):
    """Why nothing was published, in words without a secret, a URL, or what a server said."""
