"""Measurements, never tests: each prints its figures and one closing line."""
