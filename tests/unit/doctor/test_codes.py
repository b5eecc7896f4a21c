"""docs/codes.md has every reason code there is, once, with one meaning; and no code that nothing gives."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from carbon_fleet.assets import root
from carbon_fleet.doctor.diagnose import CHECKS, DIFFERS, KNOWN

CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
SHORT = {"UNREACHABLE", "UNREADABLE", "TIMEOUT", "STOPPED", "INTERNAL", "OVERDUE"}
"""Codes of one word: what else is written so is no code."""
NOT_CODES = re.compile(
    r"(CARBON|CF|CONTAINERS_(CONF|MACHINE)|GGML|GIT|HOMEBREW_(?!MISSING|NOT_WRITABLE)|LC_ALL|LIBGL|TCP|VK"
    r"|XDG_(CONFIG|DATA))_?.*"
    r"|(BLOB|MANIFEST)_UNKNOWN|CODE_SERVER_AUTH|CONTAINER_CONNECTION|DOCKER_HOST|GALLIUM_DRIVER|HOST_KEY|ID_LIKE|INPUTS_LABEL"
    r"|MESA_(LOADER_DRIVER_OVERRIDE|VENUS)|NO_COLOR|PODMAN_SYSTEMD_UNIT|PRETTY_NAME|POSTGRES_HOST_AUTH_METHOD"
    r"|PYTEST_DISABLE_PLUGIN_AUTOLOAD|REGISTRY_AUTH_HTPASSWD_PATH|SSH_ASKPASS"
)
"""Variables, labels and names of fields in code that look like a code."""
MADE = {"*_UNREADABLE", "HOST_KEY_*"}
"""Codes that are put together: `RESOURCE_UNREADABLE`, `HOST_KEY_CHANGED`."""
ROW = re.compile(r"\| `([A-Z_*]+)` \| ([^|]+) \|")


def said(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def in_the_tree() -> set[str]:
    files = [*(root() / "operations").rglob("*.py"), *(root() / "carbon_fleet").rglob("*.py")]
    words = {word for file in files if "sim" not in file.relative_to(root()).parts for word in said(file)}
    return {word for word in words if word in SHORT or (CODE.fullmatch(word) and not NOT_CODES.fullmatch(word))}


def table() -> list[tuple[str, str]]:
    return [(code, about.strip()) for code, about in ROW.findall((root() / "docs/codes.md").read_text())]


def covered(code: str) -> bool:
    """Whether one of the codes that are put together stands for it."""
    return code.endswith("_UNREADABLE") or code.startswith("HOST_KEY_")


def test_every_code_of_the_tree_is_in_the_table() -> None:
    lacking = {code for code in in_the_tree() - {code for code, _ in table()} if not covered(code)}
    assert not lacking, f"add a row to docs/codes.md for {sorted(lacking)}, or say in NOT_CODES that it is none"


def test_no_code_of_the_table_is_one_that_nothing_gives() -> None:
    assert {code for code, _ in table()} - in_the_tree() - MADE == set()


def test_each_code_is_there_once_and_no_two_mean_the_same() -> None:
    codes, meanings = zip(*table(), strict=True)
    assert len(set(codes)) == len(codes)
    assert len(set(meanings)) == len(meanings)


def test_the_doctor_means_what_the_table_says() -> None:
    rows = dict(table())
    assert [check.code for check in CHECKS if check.code not in rows] == []
    gives_first = {check.code: check.about for check in CHECKS if rows[check.code] != check.about}
    assert gives_first == {}, "docs/codes.md has the words of the check"
    assert set(KNOWN) <= set(rows)
    assert DIFFERS in rows


def test_the_manual_has_each_of_them_in_its_row() -> None:
    manual = (root() / "docs/doctor.md").read_text()
    for check in CHECKS:
        heals = "yes" if check.heals else "-"
        assert f"| {check.row or '-'} | `{check.code}` | {check.about} | {heals} |" in manual, check.code


def test_a_code_has_one_check() -> None:
    codes = [check.code for check in CHECKS]
    assert len(set(codes)) == len(codes)
    assert not set(codes) & set(KNOWN)
