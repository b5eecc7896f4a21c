import hashlib
import json
import subprocess
import sys


def test_bytes_go_in_and_out_whatever_the_command_does() -> None:
    """Over ssh the same is seen in tests/sim/test_spread_real.py, with connections that are cut."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.unit.engine.streams"], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["taken"] == {"status": 0, "err": [str(64 * 65536)]}
    assert found["ended early"] == {"status": 3, "err": ["enough"]}
    assert found["loud"] == {"status": 0, "err": ["last"]}
    zeros = hashlib.sha256(bytes(5_000_000)).hexdigest()
    assert found["said"] == {"status": 0, "bytes": 5_000_000, "sha256": zeros}
