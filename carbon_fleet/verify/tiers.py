"""How deep a test looks."""

TIERS = ("mac", "vm", "container")
"""From the outside in: each is also the fixture that gives a test its host."""
GONE = "gone"
"""The tests that a Mac was left as it was found: the mark of theirs, and never among the others."""
MACOS, LINUX = "macos", "linux"
"""The marks of tests about a Mac itself, or its virtual machine, and of those about a Linux host."""
