"""`make demo`: a simulated lab Mac, from nothing to a verified GPU container, then again: nothing changes."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

LAB = "demo"
CLI = (sys.executable, "-m", "carbon_fleet")


class DemoFailed(Exception):
    """A step of the demo did not end as it must."""


def main() -> int:
    """Run the demo; the exit status is 0 when every step ended as it must."""
    began = time.monotonic()
    if not sys.platform.startswith("linux"):
        _say("the simulated lab needs Linux. This is a Mac: run the real thing: pyinfra @local deploy.py")
        return 64
    try:
        print(_demo(began), flush=True)
    except DemoFailed as failed:
        _say(f"failed: {failed}")
        return 1
    return 0


def _demo(began: float) -> str:
    _say("1/4 a simulated Mac: its own sshd, macOS stand-ins; its VM, real systemd and podman, is built once")
    lab = Path(_step(["sim", "up", "--lab", LAB, "--macs", "1", "--vm", "real", "--json"], "sim up")["file"])
    _say("2/4 carbon-fleet apply: everything the lab file says, over SSH")
    first = _step(["apply", "--yes", str(lab), "--json"], "apply")
    _say("3/4 carbon-fleet verify: an independent look, with testinfra")
    verified = _step(["verify", str(lab), "--json"], "verify")
    _say("4/4 carbon-fleet apply, again: nothing must change")
    second = _step(["apply", "--yes", str(lab), "--json"], "second apply")
    _say(f"the lab stays up: look with `carbon-fleet drift {lab}`; end it with `carbon-fleet sim down --lab {LAB}`")
    return _line(first, verified, second, time.monotonic() - began)


def _step(arguments: list[str], name: str) -> dict[str, Any]:
    """The JSON a `carbon-fleet` verb printed; its progress goes to our standard error. DemoFailed unless it exits 0."""
    ran = subprocess.run([*CLI, *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if ran.returncode != 0:
        raise DemoFailed(f"{name} exited with {ran.returncode}: {_why(ran.stdout)}")
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def _why(output: str) -> str:
    try:
        failures = [failure for mac in json.loads(output)["macs"] for failure in mac["failures"]]
    except (ValueError, KeyError, TypeError):
        return output.strip()[-500:] or "see above"
    return "; ".join(f"{failure['address']}: {failure['what']}; {failure['remedy']}" for failure in failures)


def _line(first: dict[str, Any], verified: dict[str, Any], second: dict[str, Any], seconds: float) -> str:
    commands = sum(len(mac["results"]) for mac in second["macs"])
    if commands:
        raise DemoFailed(
            f"the second apply ran {commands} commands: {[r['command'] for m in second['macs'] for r in m['results']]}"
        )
    gpu = next((mac.get("gpu") for mac in verified["macs"] if mac.get("gpu")), "none")
    return (
        f"demo: macs={len(first['macs'])} resources={second['resources']} second_run_commands={commands} "
        f'verify=passed gpu="{gpu}" seconds={seconds:.0f}'
    )


def _say(text: str) -> None:
    print(f"demo: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
