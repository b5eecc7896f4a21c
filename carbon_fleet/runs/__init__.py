"""What is kept of runs on this machine: a folder each, with its Report and its journal."""
