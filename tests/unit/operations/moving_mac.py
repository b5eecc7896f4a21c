"""A Mac with two runtimes of ours, between which the real scripts of a move carry a stack."""

import os
import subprocess
from pathlib import Path

from operations.moving.scripts import step

DEADLINES = {
    "brief=120 ": "brief=2 ",
    "lasts=$((900 +": "lasts=$((2 +",
    "stopping=300 ": "stopping=2 ",
    "within 20 docker": "within 1 docker",
}
"""How long an engine may take, in `files/moving/lib.sh` and here."""
ENGINE = """
FAMILY_opens() { [ ! -e "$HOME/FAMILY-shut" ]; }
FAMILY_has() { [ ! -e "$HOME/FAMILY-mute" ] || return 2; [ -d "$HOME/FAMILY/$1" ]; }
FAMILY_full() { [ -n "$(ls -A "$HOME/FAMILY/$1")" ]; }
FAMILY_kib() { du -sk "$HOME/FAMILY/$1" | cut -f 1; }
FAMILY_out() { (cd "$HOME/FAMILY/$1" && tar -cf ~/t .) && cat ~/t && echo "sha256 $(summed <~/t)" >&2; }
FAMILY_in() { mkdir "$HOME/FAMILY/$1" && tar -C "$HOME/FAMILY/$1" -xf - && [ ! -e "$HOME/FAMILY-fails" ]; }
FAMILY_print() { (cd "$HOME/FAMILY/$1" && cat ./* | summed) && cat "$HOME/FAMILY-odd" 2>/dev/null || :; }
FAMILY_forget() { rm -r "$HOME/FAMILY/$1"; }
FAMILY_stop() { rm -f "$HOME/FAMILY-up"; }
FAMILY_start() { [ ! -e "$HOME/FAMILY-ill" ] && : >"$HOME/FAMILY-up"; }
FAMILY_drop() { rm -f "$HOME/FAMILY-up"; }
FAMILY_enter() { shift; "$@"; }
"""


class Mac:
    """A Mac with two runtimes of ours, `one` with a stack and its volume, `two` empty."""

    def __init__(self, home: Path, shell: tuple[str, ...]) -> None:
        self.home, self.shell = home, shell
        (home / "one/data").mkdir(parents=True)
        (home / "one/data/file").write_text("f" * 5000)
        (home / "two").mkdir()
        (home / "one-up").touch()
        (home / "bin").mkdir()
        self.state = home / ".local/state/carbon-fleet"

    def run(self, name: str, *words: str, way: tuple[str, str] = ("one", "two")) -> "subprocess.CompletedProcess[str]":
        """A step of the move from `one` to `two`, its deadlines a second or two."""
        title, _, text = step(name).partition("\n")
        for each, short in DEADLINES.items():
            assert text.count(each) == 1
            text = text.replace(each, short)
        own = ENGINE.replace("FAMILY", "one") + ENGINE.replace("FAMILY", "two")
        at = text.index("set -u\numask 077")
        argv = [*self.shell[:-1], "-c", f"{title}\n{text[:at]}{own}{text[at:]}", "sh"]
        env = {"HOME": str(self.home), "PATH": f"{self.home}/bin:{os.defpath}", "TMPDIR": str(self.home)}
        more = ["shop", *way, "carbon", "1", *words]
        return subprocess.run([*argv, *more], env=env, text=True, capture_output=True, timeout=60, check=False)

    def phase(self) -> str:
        note = self.state / "moving/shop"
        return note.read_text().splitlines()[0] if note.exists() else ""

    def as_before(self) -> bool:
        """Nothing is left of a move, and the old one runs with its data."""
        return (
            (self.home / "one-up").exists()
            and (self.home / "one/data/file").read_text() == "f" * 5000
            and not list((self.home / "two").iterdir())
            and not (self.home / "two-up").exists()
            and not list(self.state.glob("*"))
        )
