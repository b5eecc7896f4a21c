"""What ends the making of a mirror, or of one piece of it."""


class MirrorTrouble(Exception):
    """A piece could not be had, or a folder is no mirror; the message says what, why, and what to do."""
