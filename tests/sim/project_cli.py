"""`carbon-fleet` over a project of a test's own: PROJECT VERB…"""

import sys
from pathlib import Path

from carbon_fleet import assets

PROJECT = Path(sys.argv.pop(1))
assets.root = lambda: PROJECT  # type: ignore[assignment]

from carbon_fleet.cli import main  # noqa: E402

main()
