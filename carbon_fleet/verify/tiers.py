"""How deep a test looks."""

TIERS = ("mac", "vm", "container")
"""From the outside in: each is also the fixture that gives a test its host."""
