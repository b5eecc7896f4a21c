"""The CUDA job as verify has a container's own Python run it: the very program that `prove` sends."""

from carbon_fleet import assets

JOB = assets.text("cuda/job.py")
"""Takes a seed, and prints what each GPU computed from it."""
UNPROVEN = "CUDA_UNPROVEN"
"""The note's code where nothing was computed, so that nothing is claimed."""
