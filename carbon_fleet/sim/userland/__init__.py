"""The programs a simulated Mac has: macOS's own list, taken from this machine or stood in for, and nothing else."""
