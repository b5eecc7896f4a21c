import json
import os
import re
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_fleet.sim.host import cache_directory
from carbon_fleet.spec import Mac
from operations.image.recipe import recipes
from operations.image.wish import Images
from operations.render.quadlet import quoted
from operations.stack.quadlet import started_in_order
from operations.stack.wish import Stacks
from tests.unit.operations.stack_world import a_mac, one, units_of

RECORDED = Path(__file__).parents[2] / "transcripts" / "quadlet"
EVERYTHING = {
    "image": "docker.io/library/nginx:1",
    "gpu": "venus",
    "command": ["-c", 'echo "$A" 100% it\'s', "a b\\n"],
    "entrypoint": ["sh", "-e u"],
    "environment": {"B": "$HOME %h \"q\" 'z' \\", "A": ""},
    "ports": ["127.0.0.1:8080:80", "[::1]:8081:81/udp"],
    "volumes": ["data:/d", "/srv:/s:ro", "/opt:/o:ro,z"],
    "devices": ["/dev/snd"],
    "tmpfs": ["/run/a%b"],
    "read_only": True,
    "user": "1000:1000",
    "network": "none",
    "capabilities": ["CHOWN"],
    "memory": "1GiB",
    "health": {"command": "test \"$(cat /x)\" = '5%' || exit 1", "interval": "1m"},
    "restart": "on-failure",
}


def text(**container: Any) -> str:
    """The unit, with a layer whose tag does not change with what it is made from."""
    tag = r"(localhost/carbon-fleet/venus:)[0-9a-f]{16}"
    return re.sub(tag, r"\g<1>0123456789abcdef", units_of(a_mac(one(**container)))[0].text)


def lines(**container: Any) -> list[str]:
    return text(**container).splitlines()


def test_the_whole_unit() -> None:
    assert text(**EVERYTHING) == (RECORDED / "everything.container").read_text()


def test_the_gpu_takes_all_capabilities_and_gives_the_macs_own_rule() -> None:
    strict = units_of(a_mac(["vulkan-check"]))[0]
    software = units_of(a_mac(["vulkan-check"], software=True))[0]
    assert 'Environment="CARBON_ACCEPT=apple"' in strict.text.splitlines()
    assert 'Environment="CARBON_ACCEPT=software"' in software.text.splitlines()
    assert (strict.container_name, strict.service) == (
        "vulkan-check",
        "carbon-fleet-vulkan-check-vulkan-check.service",
    )
    assert {"AddDevice=/dev/dri", "DropCapability=all", "NoNewPrivileges=true"} <= set(lines(gpu="venus"))
    plain = text()
    assert not any(
        word in plain for word in ("AddDevice", "DropCapability", "CARBON_ACCEPT", "SecurityLabel", "Health")
    )
    assert "NoNewPrivileges" not in text(new_privileges=True)
    assert {"DropCapability=all", "AddCapability=CHOWN"} <= set(lines(capabilities=["CHOWN"]))


def test_remoting_is_told_and_venus_needs_no_word() -> None:
    plain = text(gpu="venus")
    assert text(gpu="venus", gpu_path="auto") == text(gpu="venus", gpu_path="venus") == plain
    remoting = set(lines(gpu="venus", gpu_path="remoting")) - set(plain.splitlines())
    assert remoting == {'Environment="GGML_REMOTING_USE_APIR_CAPSET=1"', 'Environment="GGML_VK_VISIBLE_DEVICES="'}


MOUNT = "type=image,source=localhost/carbon-fleet/venus:0123456789abcdef,destination=/opt/venus,subpath=/opt/venus"
CHOSEN = {f'Environment="{name}=/opt/venus/virtio_icd.json"' for name in ("VK_DRIVER_FILES", "VK_ICD_FILENAMES")}
UNSET = {
    f'PodmanArgs="--unsetenv={name}"'
    for name in ("GALLIUM_DRIVER", "LIBGL_ALWAYS_SOFTWARE", "MESA_LOADER_DRIVER_OVERRIDE")
}


def test_a_foreign_image_gets_the_driver_mounted_and_chosen() -> None:
    there = set(lines(gpu="venus"))
    assert there >= {f"Mount={MOUNT}", "AddDevice=/dev/dri"} | CHOSEN | UNSET
    assert "SecurityLabelDisable" not in text(gpu="venus")
    assert not any(word in text() for word in ("Mount=", "VK_", "unsetenv"))


def test_an_image_made_from_the_layer_has_the_driver_itself() -> None:
    for unit in (*units_of(a_mac(["vulkan-check"])), *units_of(a_mac(one(image="llama", gpu="venus")))):
        assert not any(word in unit.text for word in ("Mount=", "VK_", "unsetenv"))


def test_what_the_lab_file_says_of_the_driver_wins() -> None:
    """Either variable: loaders that know both would prefer ours to the lab file's."""
    for name in ("VK_DRIVER_FILES", "VK_ICD_FILENAMES"):
        own = lines(gpu="venus", environment={name: "/mine.json", "GALLIUM_DRIVER": "llvmpipe"})
        assert [line for line in own if "VK_" in line] == [f'Environment="{name}=/mine.json"']
        assert {'Environment="GALLIUM_DRIVER=llvmpipe"', f"Mount={MOUNT}"} <= set(own)
        assert UNSET & set(own) == UNSET - {'PodmanArgs="--unsetenv=GALLIUM_DRIVER"'}


@pytest.mark.parametrize("own", [{"volumes": ["/mine:/opt/venus/:ro,z"]}, {"tmpfs": ["/opt/venus"]}])
def test_nothing_is_mounted_over_what_the_lab_file_puts_there(own: dict[str, Any]) -> None:
    assert "type=image" not in text(gpu="venus", **own)


def test_a_mac_has_the_layer_just_where_it_is_mounted() -> None:
    for stacks, wished in (
        (one(gpu="venus"), ["venus"]),
        (one(), []),
        (one(gpu="venus", gpu_path="remoting"), []),
        ([*one(gpu="venus"), "vulkan-check"], ["venus", "vulkan-check"]),
    ):
        assert sorted(recipe.name for recipe in recipes(a_mac(stacks))) == wished


def test_another_layer_is_another_unit() -> None:
    plain = a_mac(one(gpu="venus"))
    newer = Images.model_validate({"venus": {"args": {"MESA_VERSION": "25.0.7"}}})
    moved = Mac("m", sections={**plain.sections, "images": newer})
    (before,), (after,) = units_of(plain), units_of(moved)
    assert before.text != after.text
    assert len(set(before.text.splitlines()) ^ set(after.text.splitlines())) == 2, "the mount alone"
    assert len([recipe for recipe in recipes(moved) if recipe.tag in after.text]) == 1


def test_our_image_is_named_by_content_and_never_asked_of_a_registry() -> None:
    strict = units_of(a_mac(["vulkan-check"]))[0]
    assert f"Image={strict.image}" in strict.text.splitlines()
    assert str(strict.image).startswith("localhost/carbon-fleet/vulkan-check:")
    assert "Pull=never" in strict.text.splitlines()
    assert {"Image=docker.io/library/nginx:1", "Pull=missing"} <= set(lines())


def test_after_orders_the_starts() -> None:
    image = "docker.io/library/nginx:1"
    containers = {"a": {"image": image, "after": ["b"]}, "b": {"image": image, "after": ["c"]}, "c": {"image": image}}
    stack = [{"name": "s", "containers": containers}]
    assert [unit.name for unit in units_of(a_mac(stack))] == ["c", "b", "a"]
    first = units_of(a_mac(stack))[-1].text.splitlines()
    assert {"After=carbon-fleet-s-b.service", "Wants=carbon-fleet-s-b.service"} <= set(first)
    circle = {"a": {"image": image, "after": ["b"]}, "b": {"image": image, "after": ["a"]}}
    wish = Stacks.model_validate_json(json.dumps([{"name": "s", "containers": circle}]))
    assert set(started_in_order(wish.all()[0].members())) == {"a", "b"}


def generator() -> Path | None:
    """Trixie's own generator (podman 5.4), where the simulated lab's guest was made; a guest of this machine's age."""
    found = sorted(cache_directory().glob("guest-*/usr/libexec/podman/quadlet"))
    return found[0] if found else None


@pytest.fixture
def needs_generator() -> None:
    """Looked for late: the tests that make a guest come before this one, in the same run."""
    if generator() is None:
        pytest.skip("no guest was made here: carbon-fleet sim up --vm real")


def generated(folder: Path, **container: Any) -> str:
    (folder / "carbon-fleet-shop-web.container").write_text(text(**container))
    program = generator()
    assert program is not None
    done = subprocess.run(
        [str(program), "-dryrun"],
        env={**os.environ, "QUADLET_UNIT_DIRS": str(folder)},
        text=True,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "unsupported" not in done.stderr
    return done.stdout.replace(str(folder), "/etc/containers/systemd")


@pytest.mark.usefixtures("needs_generator")
def test_the_generator_takes_it_and_says_what_was_recorded(tmp_path: Path) -> None:
    told, recorded = generated(tmp_path, **EVERYTHING), (RECORDED / "everything.service").read_text()
    # The order of podman's options differs from run to run.
    assert sorted(run_by(told)) == sorted(run_by(recorded))
    assert _but_the_start(told) == _but_the_start(recorded)


def _but_the_start(service: str) -> list[str]:
    return [line for line in service.splitlines() if not line.startswith("ExecStart=")]


def run_by(service: str) -> list[str]:
    """What systemd runs for the generator's ExecStart: its quoting and its expansion of doubled signs undone."""
    (line,) = [row for row in service.splitlines() if row.startswith("ExecStart=")]
    return split(line.removeprefix("ExecStart="))


def split(line: str) -> list[str]:
    """Split by systemd's rules, as far as they are used here."""
    words, place = [], 0
    while place < len(line):
        word, place = _quoted(line, place + 1) if line[place] == '"' else _bare(line, place)
        words.append(word.replace("%%", "%").replace("$$", "$"))
        place += 1
    return words


ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t", "s": " "}


def _quoted(line: str, place: int) -> tuple[str, int]:
    word = ""
    while line[place] != '"':
        if line[place] == "\\":
            place += 1
            word += ESCAPES[line[place]]
        else:
            word += line[place]
        place += 1
    return word, place + 1


def _bare(line: str, place: int) -> tuple[str, int]:
    end = (line + " ").index(" ", place)
    return line[place:end], end


def test_what_runs_is_what_was_wished() -> None:
    run = run_by((RECORDED / "everything.service").read_text())
    given = list(pairwise(run))
    assert run[-3:] == EVERYTHING["command"]
    for option, value in (
        ("--env", "B=$HOME %h \"q\" 'z' \\"),
        ("--env", "A="),
        ("--env", "CARBON_ACCEPT=apple"),
        ("--entrypoint", '["sh", "-e u"]'),
        ("--tmpfs", "/run/a%b"),
        ("--health-cmd", "test \"$(cat /x)\" = '5%' || exit 1"),
        ("--label", "io.carbon-fleet.stack=shop"),
        ("--name", "shop-web"),
        ("--device", "/dev/dri"),
        ("--publish", "[::1]:8081:81/udp"),
        ("--log-driver", "journald"),
        ("--mount", MOUNT),
        ("--env", "VK_DRIVER_FILES=/opt/venus/virtio_icd.json"),
        ("--env", "VK_ICD_FILENAMES=/opt/venus/virtio_icd.json"),
    ):
        assert (option, value) in given
    assert {f"--memory={2**30}b", "--unsetenv=LIBGL_ALWAYS_SOFTWARE"} <= set(run)


WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=20)


@given(WORDS)
def test_quoting_is_undone_by_systemds_rules(word: str) -> None:
    assert split(quoted(word)) == [word]


@pytest.mark.usefixtures("needs_generator")
@pytest.mark.parametrize(
    "word", ["a b", "'", '"', "\\", "a\\nb", "%n", "$X ${Y}", "~", "#x", ";", "x=%%$$", "é€", "-c"]
)
def test_the_generator_keeps_every_word(tmp_path: Path, word: str) -> None:
    run = run_by(generated(tmp_path, command=["x", word], environment={"V": word}))
    assert run[-1] == word
    assert f"V={word}" in run
