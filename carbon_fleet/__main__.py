"""`python -m carbon_fleet`: the same as the console script."""

from carbon_fleet.cli import main

main()
