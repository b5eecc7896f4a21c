"""`carbon-fleet urls`: from the wish alone, to the words people copy."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.spec import Mac
from carbon_fleet.verbs.stop import Stop
from carbon_fleet.verbs.urls import urls
from operations.stack.urls import Address, addresses, bracketed, tunnel
from operations.stack.wish import Stacks

LAB = """\
lab: brisbane
defaults: {user: lab}
macs:
  open:
    host: fe80::1%en0
    stacks:
      - name: shop
        expose: lan
        containers:
          web:
            image: docker.io/library/nginx:1
            services:
              lab:
                enabled: true
                ports: ["8888:8888", "9000:9000/udp"]
                login: token
                secrets: {TOKEN: token}
                url: "http://{host}:{port}/lab"
              vnc: {ports: ["5901:5900"], login: vnc}
  shut:
    host: 10.0.0.2
    port: 2200
    stacks: [{name: db, containers: {pg: {image: docker.io/library/postgres:17, ports: ["5432:5432"]}}}]
  here: {host: local, stacks: []}
"""


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("lab.yml").write_text(LAB)
    return Path("lab.yml")


def a_mac(host: str = "10.0.0.11", expose: str = "loopback", port: str = "8080:80", **more: Any) -> Mac:
    service = {"enabled": True, "ports": [port], "url": "http://{host}:{port}/"}
    box = {"image": "docker.io/library/nginx:1", "expose": expose, "services": {"web": service}}
    wish = Stacks.model_validate_json(json.dumps([{"name": "s", "containers": {"c": box}}]))
    return Mac("m", host=host, user="lab", sections={"stacks": wish}, **more)


def only(mac: Mac) -> Address:
    (found,) = addresses(mac)
    return found


@pytest.mark.parametrize(
    ("host", "expose", "port", "url"),
    [
        ("10.0.0.11", "loopback", "8080:80", "http://localhost:8080/"),
        ("10.0.0.11", "loopback", "[::1]:8080:80", "http://[::1]:8080/"),
        ("10.0.0.11", "lan", "8080:80", "http://10.0.0.11:8080/"),
        ("10.0.0.11", "lan", "127.0.0.1:8080:80", "http://localhost:8080/"),
        ("10.0.0.11", "lan", "192.168.7.7:8080:80", "http://192.168.7.7:8080/"),
        ("10.0.0.11", "lan", "[fd00::7]:8080:80", "http://[fd00::7]:8080/"),
        ("mac-01.local", "lan", "0.0.0.0:80:80", "http://mac-01.local:80/"),
        ("fd00::1", "lan", "8080:80", "http://[fd00::1]:8080/"),
        ("fe80::1%en0", "lan", "8080:80", "http://[fe80::1%25en0]:8080/"),
        ("local", "loopback", "8080:80", "http://localhost:8080/"),
        ("local", "lan", "8080:80", "http://localhost:8080/"),
    ],
)
def test_where_it_is_opened(host: str, expose: str, port: str, url: str) -> None:
    assert only(a_mac(host, expose, port)).url == url
    assert only(a_mac(host, expose, port)).place == url


def test_the_way_to_what_is_the_macs_own() -> None:
    def words(mac: Mac) -> tuple[str, ...]:
        return tunnel(mac, addresses(mac))

    assert words(a_mac()) == ("ssh", "-N", "-L", "8080:127.0.0.1:8080", "lab@10.0.0.11")
    assert words(a_mac(port="[::1]:8080:80"))[2:4] == ("-L", "8080:[::1]:8080")
    more = words(a_mac(key="/k", known_hosts="/h"))
    assert more[4:] == ("-i", "/k", "-o", "UserKnownHostsFile=/h", "lab@10.0.0.11")
    assert words(a_mac("local")) == ()
    assert words(a_mac(expose="lan")) == ()
    assert words(a_mac(port="8080:80/udp")) == (), "ssh forwards no UDP"


def test_what_has_no_page_is_host_and_port() -> None:
    assert bracketed("fe80::1%en0") == "[fe80::1%en0]"
    assert bracketed("fe80::1%en0", url=True) == "[fe80::1%25en0]"
    assert addresses(Mac("m")) == ()


def test_the_table(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert urls(lab, []) == 0
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0].split() == ["Mac", "stack", "what", "open", "for", "login"]
    assert [line.split() for line in lines[1:4]] == [
        ["open", "shop", "lab", "http://[fe80::1%25en0]:8888/lab", "the", "network", "token"],
        ["open", "shop", "lab", "[fe80::1%en0]:9000/udp", "the", "network", "token"],
        ["shut", "db", "pg", "localhost:5432", "the", "Mac", "itself", "-"],
    ]
    assert lines[4:] == [
        "1 more of services that are off: --all lists them",
        "",
        "The Mac itself, from elsewhere:",
        "  ssh -N -L 5432:127.0.0.1:5432 -p 2200 lab@10.0.0.2  # while it runs, open localhost here",
        "",
        "Logins:",
        "  carbon-fleet secret show lab.yml open token",
    ]


def test_what_is_off_is_shown_when_asked_for(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert urls(lab, ["open"], everything=True) == 0
    said = capsys.readouterr().out
    assert "nobody: it is off" in said
    assert "--all" not in said
    assert "secret show lab.yml open vnc" not in said, "nobody logs in to what is off"
    assert urls(lab, ["here"]) == 0
    assert capsys.readouterr().out == "nothing is published\n"


def test_the_document(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert urls(lab, [], json=True) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["format_version"], document["lab"]) == (1, "brisbane")
    opened, shut, here = document["macs"]
    assert opened["addresses"][0] == {
        "stack": "shop",
        "container": "web",
        "service": "lab",
        "on": True,
        "url": "http://[fe80::1%25en0]:8888/lab",
        "host": "fe80::1%en0",
        "port": 8888,
        "protocol": "tcp",
        "reach": "network",
        "login": {"secret": "token", "show": "carbon-fleet secret show lab.yml open token"},
    }
    assert (opened["tunnel"], shut["tunnel"]) == (None, "ssh -N -L 5432:127.0.0.1:5432 -p 2200 lab@10.0.0.2")
    assert shut["addresses"][0]["login"] is None
    assert here["addresses"] == []


def test_bad_input_is_named(lab: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Stop) as stopped:
        urls(lab, ["nobody"])
    assert stopped.value.code == 64
    lab.write_text(LAB.replace("expose: lan", "expose: world"))
    with pytest.raises(Stop) as stopped:
        urls(lab, [])
    assert stopped.value.code == 78
    assert "lab.yml:8:" in capsys.readouterr().err


def test_the_command_line_takes_it(lab: Path) -> None:
    command = [sys.executable, "-m", "carbon_fleet", "urls", "lab.yml", "shut", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert [mac["mac"] for mac in json.loads(ran.stdout)["macs"]] == ["shut"]


def test_the_projects_own_stacks_have_addresses_that_can_be_opened() -> None:
    from operations.stack.wish import names

    wish = Stacks.model_validate_json(json.dumps(list(names())))
    for each in addresses(Mac("m", host="10.0.0.11", user="lab", sections={"stacks": wish})):
        assert "{" not in each.place, each
