"""The programs that verify has an environment's own Python run; the job is the very one that `prove` sends."""

from carbon_fleet import assets

CHECK = assets.text("environment/check.py")
"""Takes modules to import, and prints what is installed, what of it was changed, and what cannot be imported."""
JOB = assets.text("environment/job.py")
"""Takes what computes, a seed and two sizes, and prints what came out."""
SOFTWARE = "METAL_SOFTWARE"
"""The note's code where a CPU computed, and the lab accepts that."""
