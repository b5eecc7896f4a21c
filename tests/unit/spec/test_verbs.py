import json
from pathlib import Path

import pytest

from carbon_fleet.spec import Lab, lab_from_text, load_lab
from carbon_fleet.verbs.schema import schema
from carbon_fleet.verbs.show import show
from carbon_fleet.verbs.validate import validate
from tests.unit.spec.models import GOOD, SECTIONS
from tests.unit.spec.test_never_a_traceback import FULL


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("lab.yml").write_text(GOOD)
    return Path("lab.yml")


def test_validate_says_what_it_found(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert validate(file, SECTIONS) == 0
    assert capsys.readouterr() == ("brisbane: 2 Macs, valid\n", "")


def test_validate_names_all_mistakes_on_standard_error(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(GOOD.replace("16GiB", "16").replace("cpus: 6", "cpu: 6"))
    assert validate(file, SECTIONS) == 78
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "lab.yml:4:27 machine.cpu: `cpu` is not a key here, did you mean `cpus`?\n"
        "lab.yml:7:30 machine.memory: `16` has no unit: say which unit a size is in, write `16GiB`\n"
        "\nlab.yml: 2 mistakes\n"
    )


def test_validate_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert validate(file, SECTIONS, json=True) == 0
    good = json.loads(capsys.readouterr().out)
    assert (good["format_version"], good["valid"], good["lab"], list(good["macs"])) == (
        1,
        True,
        "brisbane",
        ["mac-01", "mac-02"],
    )
    file.write_text(GOOD.replace("16GiB", "16"))
    assert validate(file, SECTIONS, json=True) == 78
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert (error["line"], error["column"], error["path"]) == (7, 30, "machine.memory")


SHOWN = """\
host: 10.0.0.11  # lab.yml:10 (mac-01)
user: lab  # lab.yml:3 (defaults)
port: 22  # built in
groups:
- canary  # lab.yml:10 (mac-01)
accept_software_gpu: false  # built in
runtime: podman-libkrun  # built in
machine:
  name: carbon  # lab.yml:4 (defaults)
  cpus: 6  # lab.yml:4 (defaults)
  memory: 16GiB  # lab.yml:7 (group canary)
  disk: 100GiB  # built in
  rootful: true  # built in
  provider: libkrun  # built in
stacks:
- vulkan-check  # lab.yml:5 (defaults)
homebrew:
  casks:
    built-in: 1GiB  # built in
  formulae:
    podman: ">=5.6"  # built in
  owner: null  # built in
"""


def test_show_with_origin(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(file, "mac-01", SECTIONS, origin=True) == 0
    shown = capsys.readouterr().out
    assert shown.replace("'", '"') == SHOWN
    assert show(file, "mac-01", SECTIONS) == 0
    assert capsys.readouterr().out == "".join(line.partition("  #")[0] + "\n" for line in shown.splitlines())


@pytest.mark.parametrize("text", [GOOD, FULL])
def test_what_show_prints_is_the_same_wish_again(file: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(text)
    for name, mac in load_lab(file, SECTIONS).macs.items():
        assert show(file, name, SECTIONS) == 0
        wish = "".join(f"    {line}\n" for line in capsys.readouterr().out.splitlines())
        groups = "".join(f"  {group}:\n" for group in mac.groups)
        again: Lab = lab_from_text(f"lab: brisbane\ngroups:\n{groups}\nmacs:\n  {name}:\n{wish}", SECTIONS)
        assert again.mac(name).digest == mac.digest


def test_show_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(file, "mac-01", SECTIONS, origin=True, json=True) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["wish"]["machine"]["memory"] == "16GiB"
    origins = {tuple(each["path"]): (each["line"], each["layer"]) for each in document["origins"]}
    assert origins["machine", "memory"] == (7, "group canary")
    assert show(file, "mac-01", SECTIONS, json=True) == 0
    assert "origins" not in json.loads(capsys.readouterr().out)


def test_show_without_such_a_mac_or_lab(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(file, "mac-1", SECTIONS) == 64
    assert capsys.readouterr().err == "lab.yml: lab `brisbane` has no Mac `mac-1`, did you mean `mac-01`?\n"
    file.write_text("lab: x\nmacs:\n" + "".join(f"  m{n}: {{host: h{n}, user: u}}\n" for n in range(30)))
    assert show(file, "nobody", SECTIONS) == 64
    assert "run `carbon-fleet validate lab.yml --json`" in capsys.readouterr().err
    file.write_text("")
    assert show(file, "mac-01", SECTIONS) == 78
    assert "cannot be empty" in capsys.readouterr().err


def test_schema_is_printed_written_and_checked(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert schema(SECTIONS) == 0
    printed = capsys.readouterr().out
    target = file.with_name("lab.schema.json")
    assert schema(SECTIONS, target, check=True) == 2
    assert "run `carbon-fleet schema -o lab.schema.json`" in capsys.readouterr().err
    assert schema(SECTIONS, target) == 0
    assert target.read_text() == printed
    assert schema(SECTIONS, target, check=True) == 0
    assert sorted(path.name for path in Path().iterdir()) == ["lab.schema.json", "lab.yml"]
    assert schema(SECTIONS, file / "x.json") == 1
    assert "cannot be written" in capsys.readouterr().err
