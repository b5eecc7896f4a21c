"""Prove that a container computes on the GPU through Mesa's Venus driver, and say so as one JSON document."""

FORMAT_VERSION = 1
"""Version of the JSON document; it grows only when a reader of the old one would misread the new one."""
