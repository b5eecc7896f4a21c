"""Words of progress that know how far it is."""


class Part(str):
    """What is said of a long thing on its way; `share` of it is done, 0.0 to 1.0."""

    share: float

    def __new__(cls, text: str, share: float) -> "Part":
        """`share` is kept within its bounds."""
        self = super().__new__(cls, text)
        self.share = min(max(share, 0.0), 1.0)
        return self


def share_of(text: str) -> float | None:
    """How far it is, when the words know."""
    return text.share if isinstance(text, Part) else None
