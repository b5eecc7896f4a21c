"""`carbon-fleet` while a person starts an instance of Lima: after the look of `matrix --try`, and before its turn.

Arguments: the file of the instance's state, the text it then has, and carbon-fleet's own.
"""

import sys
from pathlib import Path

from carbon_fleet.cli import main
from carbon_fleet.matrix.runtimes import Entry, Seen
from carbon_fleet.verbs.matrix_trying import Trying


def late(state: Path, text: str) -> None:
    """Have it started as soon as its turn comes."""
    turn = Trying._turn

    def begun(trying: Trying, seen: Seen) -> Entry:
        if seen.runtime == "lima":
            state.write_text(text)
        return turn(trying, seen)

    Trying._turn = begun  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    late(Path(sys.argv[1]), sys.argv[2])
    sys.argv[1:3] = []
    main()
