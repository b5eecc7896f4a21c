"""Commands in an instance's virtual machine, by `limactl shell` or `colima ssh`: only ever of one that runs.

`limactl shell` offers to start one that is stopped (`cmd/limactl/shell.go`). It quotes its words for the shell inside,
but the first ones with a `=` in them, which it takes for variables. Both run them in the Mac's current folder, where
that is mounted; limactl is told another.
"""

from carbon_fleet import assets
from operations.lima.listing import COLIMA


def inside(kind: str, program: str, name: str, script: str, *arguments: str) -> tuple[str, ...]:
    """The argument list on the Mac that runs a constant `script` over `arguments` in the virtual machine.

    colima finds limactl by PATH: whoever runs it puts Homebrew there.
    """
    way = (program, "ssh", "--profile", name, "--") if kind == COLIMA else (program, "shell", "--workdir", "/", name)
    return (*way, "sh", "-c", script, "sh", *arguments)


def engine(kind: str, program: str, name: str) -> tuple[str, ...]:
    """The argument list on the Mac that calls the instance's own container engine; its words come after."""
    return inside(kind, program, name, assets.text("lima/engine.sh"))
