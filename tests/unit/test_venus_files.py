"""The Venus layer's sources: what they promise in several places must be the same, and their refusals must be real."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

FILES = Path(__file__).parents[2] / "files"
VENUS = FILES / "images" / "venus"
PATCH = VENUS / "0001-venus-round-blob-sizes-to-16-KiB.patch"
CONTAINERFILE = (VENUS / "Containerfile").read_text()
SUMS = {version: digest for digest, version in map(str.split, (VENUS / "SHA256SUMS").read_text().splitlines())}
PLACES = {
    "vn_device_memory.c": ["vn_device_memory_alloc_simple"],
    "vn_renderer_virtgpu.c": ["virtgpu_bo_create_from_device_memory", "virtgpu_shmem_create"],
    "vn_ring.c": ["vn_ring_get_layout"],
}


def sh(script: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(VENUS / script), *arguments]
    return subprocess.run(command, env=os.environ | env, text=True, capture_output=True, timeout=60, check=False)


def image(name: str) -> dict[str, Any]:
    loaded = yaml.safe_load((FILES / "images" / name / "image.yml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def test_every_known_sum_is_a_label_stage_and_no_other() -> None:
    stages = re.findall(r"FROM scratch AS sum-(\S+)\nLABEL io\.carbon-fleet\.mesa\.sha256=(\w{64})", CONTAINERFILE)
    assert dict(stages) == SUMS
    assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in SUMS.values())


def test_default_version_has_a_sum_and_its_own_url() -> None:
    args = image("venus")["args"]
    assert args["MESA_VERSION"] in SUMS
    assert args["MESA_URL"] == f"https://archive.mesa3d.org/mesa-{args['MESA_VERSION']}.tar.xz"
    for name in ("BASE", "STRATEGY", "MESA_VERSION"):
        assert re.search(rf"^ARG {name}={re.escape(str(args[name]))}$", CONTAINERFILE, re.MULTILINE), name


@pytest.mark.parametrize("name", ["venus", "vulkan-check"])
def test_every_argument_handed_in_is_one_the_containerfile_reads(name: str) -> None:
    declared = set(re.findall(r"^ARG (\w+)", (FILES / "images" / name / "Containerfile").read_text(), re.MULTILINE))
    described = image(name)
    handed_in = {*described["args"], *described.get("software_args", {}), *(n.upper() for n in described["from"])}
    assert handed_in <= declared


@pytest.mark.parametrize("strategy", ["source", "copr", "distro"])
def test_each_strategy_has_its_driver_and_its_labels(strategy: str) -> None:
    assert f" AS driver-{strategy}\n" in CONTAINERFILE
    assert f" AS labels-{strategy}\n" in CONTAINERFILE


def test_nothing_names_one_architecture() -> None:
    for path in VENUS.iterdir():
        assert not re.search(r"x86_64|aarch64|amd64|linux-gnu", path.read_text()), path.name


def test_no_manifest_of_users_lacks_either_variable() -> None:
    text = (FILES / "images" / "vulkan-check" / "Containerfile").read_text()
    for variable in ("VK_DRIVER_FILES", "VK_ICD_FILENAMES"):
        assert f"{variable}=/opt/venus/virtio_icd.json" in text


def preimage(patch: str) -> dict[str, str]:
    """The lines each file must have for the patch to fit, hunks apart, as small files of their own."""
    files: dict[str, list[str]] = {}
    name = ""
    for line in patch.splitlines():
        if line.startswith("--- a/"):
            name = line.removeprefix("--- a/")
            files[name] = []
        elif name and line.startswith("@@"):
            files[name].append("/* elsewhere */\n" * 3)
        elif name and line.startswith((" ", "-")) and not line.startswith("--- "):
            files[name].append(line[1:] + "\n")
    return {name: "".join(lines) + "/* elsewhere */\n" * 3 for name, lines in files.items()}


@pytest.mark.skipif(not shutil.which("patch"), reason="needs patch")
def test_patch_is_well_formed_and_rounds_in_the_four_places_once_each(tmp_path: Path) -> None:
    for name, text in preimage(PATCH.read_text()).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    command = ["patch", "-d", str(tmp_path), "-p1", "--fuzz=0", "--forward", "-i", str(PATCH)]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
    for file, functions in PLACES.items():
        patched = (tmp_path / "src/virtio/vulkan" / file).read_text()
        assert patched.count("VN_HOST_PAGE_ROUND(") == len(functions)
    assert "16384ull" in (tmp_path / "src/virtio/vulkan/vn_common.h").read_text()


def test_build_checks_the_same_places_the_patch_names() -> None:
    script = (VENUS / "build-source.sh").read_text()
    for file, functions in PLACES.items():
        for function in functions:
            assert f"{file}:{function}" in script
            assert function in PATCH.read_text()


def test_unknown_version_is_refused_and_known_ones_named(tmp_path: Path) -> None:
    done = sh(
        "build-source.sh", "1.2.3", "file:///nowhere", str(tmp_path / "stage"),
        MESA_CACHE=str(tmp_path / "c"), CCACHE_DIR=str(tmp_path / "cc"),
    )  # fmt: skip
    assert done.returncode == 1
    assert "no checksum is known for Mesa 1.2.3" in done.stderr
    assert all(version in done.stderr for version in SUMS)


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_wrong_tarball_is_refused_and_not_kept(tmp_path: Path) -> None:
    (tmp_path / "mesa.tar.xz").write_bytes(b"not Mesa")
    cache = tmp_path / "cache"
    done = sh(
        "build-source.sh", "25.0.7", f"file://{tmp_path}/mesa.tar.xz", str(tmp_path / "stage"),
        MESA_CACHE=str(cache), CCACHE_DIR=str(tmp_path / "cc"),
    )  # fmt: skip
    assert done.returncode == 1
    assert f"expected {SUMS['25.0.7']}" in done.stderr
    assert "MESA_URL" in done.stderr
    assert list(cache.iterdir()) == []


@pytest.fixture
def driver(tmp_path: Path) -> Path:
    """A shared library that needs libc alone, and a manifest as Mesa writes it."""
    if not shutil.which("cc") or not shutil.which("readelf"):
        pytest.skip("needs cc and readelf")
    library = tmp_path / "libvulkan_virtio.so"
    subprocess.run(["cc", "-shared", "-o", library, "-xc", "-"], input=b"int f(void) { return 1; }", check=True)
    (tmp_path / "virtio_icd.any.json").write_text('{"ICD": {"api_version": "1.3.305", "library_path": "/usr/lib/x"}}')
    (tmp_path / "LICENSE").write_text("MIT")
    return library


def make_layer(driver: Path, strictness: str) -> subprocess.CompletedProcess[str]:
    folder = driver.parent
    places = {"LAYER_ROOT": str(folder / "layer"), "LAYER_DOC": str(folder / "doc")}
    return sh("make-layer.sh", strictness, str(driver), str(folder), str(folder / "LICENSE"), **places)


def link(driver: Path, *options: str) -> None:
    """The driver anew, with a library of this machine among what it needs."""
    command = ["cc", "-shared", "-o", str(driver), "-xc", "-", "-Wl,--no-as-needed", *options, "-l:libz.so.1"]
    done = subprocess.run(command, input="int f(void) { return 1; }", text=True, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"needs libz.so.1: {done.stderr}")


RUNPATH = re.search(r"-Wl,-rpath,\S+lib\b", (VENUS / "build-source.sh").read_text())


def test_libraries_lie_beside_the_driver_with_their_licences(driver: Path) -> None:
    assert RUNPATH is not None
    link(driver, RUNPATH[0])
    (driver.parent / "doc/zlib1g").mkdir(parents=True)
    (driver.parent / "doc/zlib1g/copyright").write_text("zlib")
    done = make_layer(driver, "strict")
    assert done.returncode == 0, done.stderr
    layer = driver.parent / "layer"
    assert (layer / "opt/venus/lib/libz.so.1").read_bytes()[:4] == b"\x7fELF"
    assert (layer / "usr/share/licenses/mesa-venus/zlib1g/copyright").read_text() == "zlib"
    assert re.search(r"for GLIBC_2\.\d+ and newer", done.stdout)


def test_the_images_own_library_is_taken_first_and_ours_only_without_one(driver: Path) -> None:
    assert RUNPATH is not None
    own, _, ours = RUNPATH[0].removeprefix("-Wl,-rpath,").rpartition(":")
    assert (own, ours) == ("/usr/$LIB:/$LIB", "$ORIGIN/lib")
    link(driver, RUNPATH[0])
    beside = driver.parent / "lib/libz.so.1"
    beside.parent.mkdir()
    shutil.copy(_found(driver), beside)
    assert _found(driver) != beside, "this machine has one of its own"
    link(driver, f"-Wl,-rpath,{ours}")
    assert _found(driver) == beside


def _found(driver: Path) -> Path:
    """Where this machine's loader finds libz for the driver."""
    told = subprocess.run(["ldd", str(driver)], text=True, capture_output=True, check=True).stdout
    return Path(re.search(r"libz\.so\.1 => (\S+)", told)[1])  # type: ignore[index]


@pytest.mark.parametrize("lacking", ["runpath", "licence"])
def test_a_library_without_its_way_or_its_licence_is_refused(driver: Path, lacking: str) -> None:
    assert RUNPATH is not None
    link(driver, *([] if lacking == "runpath" else [RUNPATH[0]]))
    (driver.parent / "doc/zlib1g").mkdir(parents=True)
    if lacking == "runpath":
        (driver.parent / "doc/zlib1g/copyright").write_text("zlib")
    done = make_layer(driver, "strict")
    assert done.returncode == 1
    assert ("beside itself" if lacking == "runpath" else "no licence of zlib1g") in done.stderr


def test_a_driver_of_glibc_alone_is_two_files_and_a_licence_with_a_manifest_loaders_accept(driver: Path) -> None:
    done = make_layer(driver, "strict")
    assert done.returncode == 0, done.stderr
    root = driver.parent / "layer"
    files = sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file())
    assert files == [
        "opt/venus/libvulkan_virtio.so",
        "opt/venus/virtio_icd.json",
        "usr/share/licenses/mesa-venus/LICENSE",
    ]
    manifest = json.loads((root / "opt/venus/virtio_icd.json").read_text())
    assert manifest["file_format_version"] == "1.0.1"
    assert manifest["ICD"] == {"library_path": "./libvulkan_virtio.so", "api_version": "1.3.305"}


def test_strict_layer_refuses_a_driver_users_cannot_load_and_lenient_names_it(driver: Path) -> None:
    other = driver.parent / "libother.so.7"
    subprocess.run(["cc", "-shared", "-o", other, f"-Wl,-soname,{other.name}", "-xc", "/dev/null"], check=True)
    link = ["cc", "-shared", "-o", str(driver), "-xc", "/dev/null", "-Wl,--no-as-needed", "-xnone", str(other)]
    subprocess.run(link, check=True)
    strict, lenient = make_layer(driver, "strict"), make_layer(driver, "lenient")
    assert strict.returncode == 1
    assert "libother.so.7" in strict.stderr
    assert lenient.returncode == 0
    assert "libother.so.7" in lenient.stdout


def test_base_without_the_driver_is_refused_with_the_way_out(tmp_path: Path) -> None:
    done = sh("make-layer.sh", "lenient", str(tmp_path / "absent.so"), str(tmp_path), LAYER_ROOT=str(tmp_path / "l"))
    assert done.returncode == 1
    assert "STRATEGY=source" in done.stderr


def test_stack_runs_an_image_there_is() -> None:
    stack = yaml.safe_load((FILES / "stacks" / "vulkan-check.yml").read_text())
    container = stack["containers"]["vulkan-check"]
    assert (FILES / "images" / container["image"] / "Containerfile").is_file()
    assert container["gpu"] == "venus"
    assert container["environment"] == {"CARBON_ACCEPT": "apple"}
