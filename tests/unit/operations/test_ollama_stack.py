"""The two scripts of the stack `ollama`, run for real against a stand-in that says what `ollama` says.

Ollama itself could not be had here. Its columns: `ollama ps` in cmd/cmd.go of Ollama 0.5 and newer, whose PROCESSOR is
`100% GPU`, `100% CPU`, `48%/52% CPU/GPU` or `Unknown`.
"""

import os
import subprocess
import time
from pathlib import Path

import pytest

from operations.stack.wish import definition
from tests.unit.operations.run_section import program

MODEL, DIGEST = "llama3.2:1b", "baf6a787fdff"
SHELLS = [("dash",), ("bash", "--posix"), ("busybox", "sh"), ("mksh",)]
STAND_IN = """cd "$STATE" || exit 9
# A script that is told to stop while it asks for the models goes on to a pull, which then finds no server.
if [ "$1" = pull ] && [ ! -e up ]; then exit 1; fi
echo "$*" >>calls
case $1 in
serve) : >up; trap 'rm -f up; exit 0' TERM; while [ ! -e crash ]; do /bin/sleep 0.02; done; rm -f up; exit 1 ;;
list) [ -e up ] || exit 1; echo 'NAME  ID  SIZE  MODIFIED'; cat models 2>/dev/null || : ;;
pull) if [ -s broken ]; then sed -i 1d broken; exit 1; fi
    printf '%s    %s    1.3 GB    now\\n' "$2" "$(cat library)" >models ;;
run) [ ! -e mute ] || exit 1; printf '%s    %s    2.2 GB    %s    4096    4 minutes from now\\n' \\
    "$2" x "$(cat processor)" >loaded ;;
ps) echo 'NAME  ID  SIZE  PROCESSOR  CONTEXT  UNTIL'; cat loaded 2>/dev/null || : ;;
esac
"""


class Ollama:
    """A folder with the stand-in, what it keeps, and the stack's two scripts."""

    def __init__(self, folder: Path) -> None:
        self.state, programs = folder / "state", folder / "programs"
        self.state.mkdir()
        programs.mkdir()
        program(programs, "ollama", STAND_IN)
        program(programs, "sleep", "exec /bin/sleep 0.05")
        self.env = {"PATH": f"{programs}:{os.defpath}", "STATE": str(self.state)}
        self.has(library=DIGEST, processor="100% GPU")
        container = definition("ollama").containers["ollama"]
        assert container.health is not None
        self.start, self.health = container.command, container.health.command

    def has(self, **files: str) -> None:
        for name, text in files.items():
            (self.state / name).write_text(text)

    def calls(self, verb: str) -> int:
        return sum(line.split()[0] == verb for line in (self.state / "calls").read_text().splitlines())

    def started(self, *shell: str) -> "subprocess.Popen[str]":
        line = [*shell, "-c", *self.start]
        return subprocess.Popen(line, env=self.env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def healthy(self, *shell: str) -> tuple[bool, str]:
        words = [word.replace("/tmp/computed", f"{self.state}/computed") for word in self.health[2:]]
        line = [*shell, "-c", *words]
        done = subprocess.run(line, env=self.env, capture_output=True, text=True, timeout=30, check=False)
        return done.returncode == 0, done.stdout.strip()

    def until(self, name: str) -> None:
        deadline = time.monotonic() + 20
        while not (self.state / name).exists():
            assert time.monotonic() < deadline, f"no {name}"
            time.sleep(0.02)


@pytest.fixture
def ollama(tmp_path: Path) -> Ollama:
    return Ollama(tmp_path)


def stop(running: "subprocess.Popen[str]") -> None:
    running.terminate()
    running.communicate(timeout=20)


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_the_model_is_pulled_once_and_tried_again_where_the_way_breaks(ollama: Ollama, shell: tuple[str, ...]) -> None:
    ollama.has(broken="1\n2\n")
    running = ollama.started(*shell)
    ollama.until("models")
    assert ollama.healthy(*shell) == (True, "")
    stop(running)
    assert ollama.calls("pull") == 3
    assert not (ollama.state / "up").exists(), "the server outlived its script"
    (ollama.state / "computed").unlink()
    running = ollama.started(*shell)
    ollama.until("up")
    assert ollama.healthy(*shell) == (True, "")
    stop(running)
    assert ollama.calls("pull") == 3, "a model that is there is not pulled again"


def test_a_server_that_ends_is_the_end_of_its_script(ollama: Ollama) -> None:
    for crash_first in (True, False):
        if crash_first:
            ollama.has(crash="")
        running = ollama.started("dash")
        if not crash_first:
            ollama.until("models")
            ollama.has(crash="")
        running.communicate(timeout=20)
        assert running.returncode == 1
        (ollama.state / "crash").unlink()


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_healthy_is_the_right_model_computed_on_the_gpu(ollama: Ollama, shell: tuple[str, ...]) -> None:
    ollama.has(up="", models=f"{MODEL}    0123456789ab    1.3 GB    now\n")
    assert ollama.healthy(*shell) == (False, f"not the model {MODEL} {DIGEST}")
    ollama.has(models=f"{MODEL}    {DIGEST}    1.3 GB    now\n", mute="")
    assert ollama.healthy(*shell)[0] is False
    (ollama.state / "mute").unlink()
    for processor, words in (
        ("100% CPU", "it computes on the CPU"),
        ("48%/52% CPU/GPU", "it computes on the CPU"),
        ("Unknown", "it does not say where"),
    ):
        ollama.has(processor=processor)
        well, said = ollama.healthy(*shell)
        assert (well, said.startswith(words), processor in said) == (False, True, True)
    ollama.has(processor="100% GPU")
    assert ollama.healthy(*shell) == (True, "")


def test_once_a_start_is_enough_until_it_is_seen_on_the_cpu(ollama: Ollama) -> None:
    ollama.has(up="", models=f"{MODEL}    {DIGEST}    1.3 GB    now\n")
    assert ollama.healthy("dash") == (True, "")
    assert ollama.healthy("dash") == (True, "")
    assert ollama.calls("run") == 1
    (ollama.state / "loaded").unlink()  # Ollama unloads what nobody asks for five minutes
    assert ollama.healthy("dash") == (True, "")
    ollama.has(loaded=f"{MODEL}    x    2.2 GB    100% CPU    4096    now\n")
    assert ollama.healthy("dash")[0] is False
