"""What a lab file may say of moves from one runtime to another."""

from carbon_fleet.spec import Duration, Wish


class Moving(Wish):
    """What `moving:` in a lab file may say."""

    keep: Duration = Duration.parse("7d")
    """How long the runtime that carried a stack keeps its volumes after the move."""
