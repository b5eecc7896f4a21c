"""What is in an image: the look for real under every sh, its answer, and the document that is made of it."""

import json
import subprocess
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from carbon_fleet import assets
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.verbs.cyclonedx import written
from operations.image.sbom import Contents, Package, look, read
from tests.unit.operations.run_section import SHELLS

PODMAN = """#!/bin/sh
case $1-$2-$4 in
image-exists-*) [ "$3" = tag ] ;;
image-mount-*) echo "$ROOT" ;;
image-unmount-*) : >"$ROOT.unmounted" ;;
image-inspect-image*) echo "image abc 1700000000 0123456789abcdef0" ;;
image-inspect-*) printf 'label %s\\n' a=b io.carbon-fleet.mesa.version=26.0.8 org.opencontainers.image.title=x ;;
esac
"""
STATUS = """Package: adduser
Status: install ok installed
Version: 3.134
Architecture: all

Package: gone
Status: deinstall ok config-files
Version: 1
Architecture: all

Package: zlib1g
Status: install ok installed
Architecture: arm64
Source: zlib (1:1.2.13)
Version: 1:1.2.13.dfsg-1
Description: x
 Version: no
"""
FILES = {
    "etc/os-release": 'PRETTY_NAME="D"\nVERSION_ID="12"\nID=debian\nHOME_URL="https://x/"\n',
    "var/lib/dpkg/status": STATUS,
    "var/lib/dpkg/status.d/llama.cpp": "Package: llama.cpp\nVersion: 1:0.7\nArchitecture: arm64\n",
    "var/lib/dpkg/status.d/llama.cpp.md5sums": "Package: no\nVersion: 1\n",
    "opt/x/numpy-2.1.dist-info/METADATA": "Metadata-Version: 2.1\nName: numpy\nVersion: 2.1\n\nName: no\nVersion: 0\n",
    "opt/venus/libvulkan_virtio.so": "driver\n",
}
LINES = [
    "image abc 1700000000 0123456789abcdef0",
    "label io.carbon-fleet.mesa.version=26.0.8",
    "label org.opencontainers.image.title=x",
    "os debian 12",
    "deb adduser 3.134 all -",
    "deb llama.cpp 1:0.7 arm64 -",
    "deb zlib1g 1:1.2.13.dfsg-1 arm64 zlib",
    "pip numpy 2.1",
    f"file {'e' * 64} /opt/venus/libvulkan_virtio.so",
]


@pytest.mark.parametrize("shell", SHELLS)
def test_packages_are_read_from_the_images_own_files(shell: tuple[str, ...], tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (tmp_path / "podman").write_text(PODMAN)
    (tmp_path / "podman").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "ROOT": str(root)}

    def run(tag: str) -> "subprocess.CompletedProcess[str]":
        line = [*shell[:-1], "-c", look(tag).argv[2], "sh", tag]
        return subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60)

    ran = run("tag")
    said = ran.stdout.splitlines()
    assert said[:-1] == LINES[:-1], ran.stderr
    assert (said[-1].split()[0], said[-1].split()[2]) == ("file", "/opt/venus/libvulkan_virtio.so")
    assert (root.parent / "root.unmounted").exists()
    absent = run("other")
    assert (absent.returncode, "there is no image other here" in absent.stderr) == (66, True)


def contents() -> Contents:
    return read(LINES)


def test_the_answer_is_read_or_refused() -> None:
    found = contents()
    assert (found.id, found.created, found.inputs, found.system) == (
        "abc",
        1700000000,
        "0123456789abcdef0",
        ("debian", "12"),
    )
    assert found.packages[0] == Package("deb", "adduser", "3.134", "all", "")
    assert found.packages[-1] == Package("pip", "numpy", "2.1")
    for broken in ((), LINES[1:], ["image abc then x"], [LINES[0], "deb onlyname"]):
        with pytest.raises(Unreadable):
            read(broken)
    assert look("tag").argv == ("/bin/sh", "-c", assets.text("image/sbom.sh"), "sh", "tag")


def test_the_document_is_valid_complete_and_always_the_same() -> None:
    text = written("llama", contents())
    assert text == written("llama", contents())
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document = json.loads(text)
    assert document["metadata"]["timestamp"].startswith("2023-11-14T22:13:20")
    assert (document["metadata"]["component"]["name"], document["metadata"]["component"]["type"]) == (
        "llama",
        "container",
    )
    parts = {part["name"]: part for part in document["components"]}
    assert parts["zlib1g"]["purl"] == "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?arch=arm64&distro=debian-12&upstream=zlib"
    assert parts["numpy"]["purl"] == "pkg:pypi/numpy@2.1"
    assert parts["mesa"]["version"] == "26.0.8"
    assert parts["/opt/venus/libvulkan_virtio.so"]["type"] == "file"
    assert len(document["dependencies"]) == len(parts) + 1
