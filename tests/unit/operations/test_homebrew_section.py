import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from carbon_fleet.snapshot import Section, Unreadable, probe_script
from carbon_fleet.snapshot.script import Question
from carbon_fleet.spec import Mac
from operations.homebrew import FormulaSeen, Homebrew, HomebrewSeen, Receipt, TapSeen, asks, read
from tests.unit.model.homebrew import NEEDS, strategy_seen
from tests.unit.operations.brew_tree import REVISION, plant, write
from tests.unit.operations.run_section import SHELLS, run_section

CORE, KRUN = Receipt("homebrew/core", True), Receipt("libkrun/krun", True, NEEDS)
SEEN = HomebrewSeen(
    version="6.0.18-2-g0123abc",
    taps={
        "libkrun/krun": TapSeen(True, "https://github.com/libkrun/homebrew-krun"),
        "slp/krun": TapSeen(True, None),
        "foo/bar": TapSeen(False, "https://git.lab.example/bar.git"),
    },
    trusted=frozenset({"libkrun/krun"}),
    formulae={
        "podman": FormulaSeen({"5.6.2": CORE, "6.1.1": CORE}, "6.1.1", "6.1.1", pinned=True),
        "krunkit": FormulaSeen({"1.3.2": KRUN}, "1.3.2", "1.3.2"),
        "jq": FormulaSeen({"1.8.1": None}),
        "curl": FormulaSeen({"8.17.0": CORE}, None, "8.17.0", keg_only=True),
        "libkrun": FormulaSeen(),
    },
    aliases=frozenset({"podman-old"}),
    casks={"podman-desktop": ("1.20.1",)},
)
every_shell = pytest.mark.parametrize("shell", SHELLS, ids=[shell[0] for shell in SHELLS])


def look(shell: tuple[str, ...], prefix: Path, home: Path, *names: str, env: dict[str, str] | None = None) -> Section:
    wanted = Homebrew(prefix=str(prefix))
    variables = dict(asks(wanted, Mac("mac-01")))
    variables["CF_HOMEBREW_NAMES"] += "".join(f" {name}" for name in names)
    return run_section(shell, "homebrew", variables, home=home, env=env)


def places(tmp_path: Path) -> tuple[Path, Path]:
    home = tmp_path / "Users/a lab"
    home.mkdir(parents=True)
    return tmp_path / "opt/home brew", home


@every_shell
def test_a_homebrew_is_seen_as_it_is(shell: tuple[str, ...], tmp_path: Path) -> None:
    prefix, home = places(tmp_path)
    plant(SEEN, prefix, home)
    section = look(shell, prefix, home, "jq", "curl")
    assert read(section) == replace(SEEN, repository=str(prefix))
    assert section.milliseconds is not None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strategy_seen())
def test_every_mess_is_seen_as_it_is(tmp_path: Path, seen: HomebrewSeen) -> None:
    shutil.rmtree(tmp_path / "opt", ignore_errors=True)
    shutil.rmtree(tmp_path / "Users", ignore_errors=True)
    prefix, home = places(tmp_path)
    seen = replace(
        seen,
        repository=str(prefix),
        version="6.0.18",
        casks={name: versions for name, versions in seen.casks.items() if versions},
        formulae={
            name: replace(found, keg_only=found.keg_only and bool(found.kegs)) for name, found in seen.formulae.items()
        },
    )
    plant(seen, prefix, home)
    assert read(look(("dash", "-s"), prefix, home, "jq", "krunvm")) == seen


@every_shell
def test_no_homebrew_is_said(shell: tuple[str, ...], tmp_path: Path) -> None:
    prefix, home = places(tmp_path)
    section = look(shell, prefix, home)
    assert read(section) == HomebrewSeen(present=False)
    assert section.facts == {"brew": ("absent",)}


def test_a_bare_homebrew_is_empty_not_unreadable(tmp_path: Path) -> None:
    prefix, home = places(tmp_path)
    write(prefix / "bin/brew", "")
    (prefix / "bin/brew").chmod(0o755)
    assert read(look(("dash", "-s"), prefix, home)) == HomebrewSeen(repository=str(prefix))


@every_shell
def test_formulae_of_a_former_tap_are_looked_into(shell: tuple[str, ...], tmp_path: Path) -> None:
    prefix, home = places(tmp_path)
    old = FormulaSeen({"0.1": Receipt("slp/krun", True)}, "0.1", "0.1")
    plant(HomebrewSeen(taps={"slp/krun": TapSeen()}, formulae={"krunvm": old, "other": old}), prefix, home)
    write(prefix / "Library/Taps/slp/homebrew-krun/Formula/krunvm.rb", "")
    seen = read(look(shell, prefix, home))
    assert seen.formula("krunvm") == old
    assert seen.formula("other").kegs == {"0.1": None}


def test_odd_things_in_the_prefix(tmp_path: Path) -> None:
    prefix, home = places(tmp_path)
    plant(SEEN, prefix, home)
    (prefix / "Cellar/podman/6.1.1.reinstall").mkdir()
    (prefix / "Cellar/.DS_Store").touch()
    (prefix / "Cellar/a-file").touch()
    write(prefix / "Cellar/krunkit/1.3.2/INSTALL_RECEIPT.json", "")
    write(prefix / "Cellar/podman/5.6.2/INSTALL_RECEIPT.json", "[]")
    (prefix / "var/homebrew/linked/krunkit").unlink()
    (prefix / "var/homebrew/linked/krunkit").symlink_to("../../../Cellar/krunkit/1.0")
    seen = read(look(("dash", "-s"), prefix, home))
    assert seen.formula("podman").kegs == {"5.6.2": None, "6.1.1": CORE}
    assert seen.formula("krunkit") == FormulaSeen({"1.3.2": None}, None, "1.3.2")
    assert "a-file" not in seen.formulae


@pytest.mark.parametrize(
    ("text", "trusted"),
    [
        ('{"trustedtaps": ["Libkrun/Krun", "https://x.example/y"]}', {"libkrun/krun", "https://x.example/y"}),
        ('{"trustedformulae": ["libkrun/krun/krunkit"]}', set()),
        ('{"trustedtaps": "libkrun/krun"}', set()),
        ("[]", set()),
        ("{cut o", set()),
        ("", set()),
    ],
)
@pytest.mark.parametrize("variable", ["", "XDG_CONFIG_HOME", "HOMEBREW_XDG_CONFIG_HOME"])
def test_the_trust_store(text: str, trusted: set[str], variable: str, tmp_path: Path) -> None:
    prefix, home = places(tmp_path)
    plant(replace(SEEN, trusted=frozenset({"old/one"})) if variable else SEEN, prefix, home)
    place = tmp_path / "settings/homebrew" if variable else home / ".homebrew"
    write(place / "trust.json", text)
    env = {variable: str(tmp_path / "settings")} if variable else {}
    assert read(look(("dash", "-s"), prefix, home, env=env)).trusted == trusted


@pytest.mark.parametrize("trust_rb", [True, False, None])
@pytest.mark.parametrize(("version", "by_version"), [("", True), ("5.1.3", False), ("6.0.0", True), ("10.2", True)])
def test_whether_brew_knows_trust(version: str, by_version: bool, trust_rb: bool | None, tmp_path: Path) -> None:
    prefix, home = places(tmp_path)
    plant(replace(SEEN, version=version, trusts=bool(trust_rb)), prefix, home)
    if trust_rb is None:
        shutil.rmtree(prefix / "Library/Homebrew")
    seen = read(look(("dash", "-s"), prefix, home))
    assert (seen.version, seen.trusts) == (version, by_version if trust_rb is None else trust_rb)


@every_shell
@pytest.mark.parametrize("way", ["packed", "detached", "unknown branch"])
def test_the_version_is_found_by_every_kind_of_head(way: str, shell: tuple[str, ...], tmp_path: Path) -> None:
    prefix, home = places(tmp_path)
    plant(SEEN, prefix, home)
    (prefix / ".git/refs/heads/stable").unlink()
    if way == "detached":
        write(prefix / ".git/HEAD", REVISION)
    else:
        ref = "refs/heads/stable" if way == "packed" else "refs/heads/main"
        write(prefix / ".git/packed-refs", f"# pack-refs with: peeled\n{'f' * 40} refs/heads/x\n{REVISION} {ref}\n")
    assert read(look(shell, prefix, home)).version == ("" if way == "unknown branch" else SEEN.version)


def test_a_repository_beside_the_prefix(tmp_path: Path) -> None:
    prefix, home = places(tmp_path)
    plant(SEEN, prefix, home)
    (prefix / "Homebrew").mkdir()
    for folder in ("Library", ".git"):
        (prefix / folder).rename(prefix / "Homebrew" / folder)
    seen = read(look(("dash", "-s"), prefix, home, "jq", "curl"))
    assert seen == replace(SEEN, repository=f"{prefix}/Homebrew")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody who may not read")
def test_what_may_not_be_read_is_not_taken_for_empty(tmp_path: Path) -> None:
    # pytest's own folders are closed to others; what lies above them is not ours to touch.
    for folder in (tmp_path, *tmp_path.parents):
        if "pytest-" in str(folder):
            folder.chmod(0o755)
    prefix, home = places(tmp_path)
    home.chmod(0o777)
    plant(SEEN, prefix, home)

    def as_nobody() -> str:
        script = probe_script([Question("homebrew", variables=asks(Homebrew(prefix=str(prefix)), Mac("m")))])
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "dash", "-s"]
        env = {"HOME": str(home), "TMPDIR": str(home), "PATH": os.defpath}
        return subprocess.run(command, input=script, text=True, capture_output=True, check=True, env=env).stdout

    assert "\nwritable=no\n" in as_nobody()
    receipt = prefix / "Cellar/podman/6.1.1/INSTALL_RECEIPT.json"
    receipt.chmod(0)
    answer = as_nobody()
    assert "\n%status files 2\n" in answer
    assert f"{receipt}" in answer.rpartition("\n!")[2]
    (prefix / "Cellar").chmod(0o700)
    answer = as_nobody()
    assert f"\n!{prefix}/Cellar may not be read by this user\n%end homebrew 1\n" in answer


def test_an_unread_file_is_unreadable(tmp_path: Path) -> None:
    prefix, home = places(tmp_path)
    plant(SEEN, prefix, home)
    section = look(("dash", "-s"), prefix, home)
    block = replace(section.blocks["files"], status=2, err=("awk: cannot open it",))
    with pytest.raises(Unreadable, match="awk: cannot open it"):
        read(replace(section, blocks={"files": block}))
