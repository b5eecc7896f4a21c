"""`carbon-fleet apply`, killed by SIGKILL at its K-th command: right after it, or while it runs."""

import sys

from tests.sim.killed_many import killed

FILE, MAC, COUNT, WHEN = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
sys.exit(killed(FILE, WHEN, MAC, COUNT, []))
