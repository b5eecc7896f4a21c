"""The start script of the carbon stacks on a root like the suite's, for the services that cannot be had here."""

import os
import subprocess
from pathlib import Path

import pytest

from carbon_fleet import assets

pytestmark = [
    pytest.mark.sim,
    pytest.mark.skipif(os.geteuid() != 0, reason="files change their owners: sudo make test"),
]
USERS = {"carbon": 1000, "mysql": 1001, "mongodb": 1002, "mosquitto": 1003, "redis": 1004}
OLLAMA = "[program:ollama]\nautostart=true\n\n[program:ollama-model-pull]\nautostart=true\n"
MONGOD = "net:\n  port: 27017\n  bindIp: 127.0.0.1\n\n#security:\n\n#replication:\n"
ODD = "o'b\"\\x"


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A root with what the script looks at; programs it calls write down how they were called."""
    folders = (
        "data etc/mysql/mysql.conf.d etc/supervisor/conf.d etc/redis home/carbon/.jupyter run tmp var/log usr/local/bin"
    )
    for folder in folders.split():
        (tmp_path / folder).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        (tmp_path / name).symlink_to(f"usr/{name}")
    rows = [f"{name}:x:{number}:{number}::/home/{name}:/bin/sh" for name, number in USERS.items()]
    (tmp_path / "etc/passwd").write_text("\n".join(["root:x:0:0:root:/root:/bin/sh", *rows]) + "\n")
    (tmp_path / "etc/group").write_text("\n".join(f"{n}:x:{u}:" for n, u in [("root", 0), *USERS.items()]) + "\n")
    (tmp_path / "etc/mongod.conf").write_text(MONGOD)
    (tmp_path / "etc/supervisor/conf.d/ollama.conf").write_text(OLLAMA)
    (tmp_path / "etc/supervisor/conf.d/postgres-init.conf").write_text("[program:postgres-init]\n")
    (tmp_path / "home/carbon/.jupyter/jupyter_server_config.json").write_text("{}")
    for name in ("mongod", "mongosh", "entrypoint.sh"):
        program = tmp_path / "usr/local/bin" / name
        program.write_text('#!/bin/sh\necho "${0##*/} $*" >>/calls\nenv | sort >"/env.${0##*/}"\n')
        program.chmod(0o755)
    return tmp_path


def start(system: Path, **environment: str) -> None:
    shown = [
        word for name in ("bin", "sbin", "lib", "lib64") for word in ("--ro-bind-try", f"/usr/{name}", f"/usr/{name}")
    ]
    given = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", "CARBON_PASSWORD": "secret", **environment}
    variables = [word for pair in given.items() for word in ("--setenv", *pair)]
    command = ["bwrap", "--bind", str(system), "/", *shown, "--dev", "/dev", "--clearenv", *variables]
    command += ["/bin/sh", "-c", assets.text("stacks/carbon.sh"), "carbon"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def variables(system: Path, program: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (system / f"env.{program}").read_text().splitlines())


def test_nothing_on_leaves_no_well_known_password(system: Path) -> None:
    known = dict.fromkeys(("POSTGRES_PASSWORD", "MYSQL_PASSWORD", "MSSQL_SA_PASSWORD"), "known")
    start(system, **known)
    left = variables(system, "entrypoint.sh")
    assert known.keys() & left.keys() == set()
    assert left["CARBON_PASSWORD"] == "secret"
    assert not (system / "etc/supervisor/conf.d/postgres-init.conf").exists()
    assert not (system / "home/carbon/.jupyter/jupyter_server_config.json").exists()


def test_mysql_makes_its_user_with_its_secret(system: Path) -> None:
    start(system, ENABLE_MYSQL="true", MYSQL_PASSWORD=ODD)
    users = system / "run/carbon-mysql/users.sql"
    assert "ALTER USER 'carbon'@'%' IDENTIFIED BY 'o\\'b\"\\\\x';" in users.read_text().splitlines()
    assert (users.stat().st_uid, users.parent.stat().st_mode & 0o777) == (USERS["mysql"], 0o700)
    assert (
        "init_file = /run/carbon-mysql/users.sql" in (system / "etc/mysql/mysql.conf.d/zz-carbon-users.cnf").read_text()
    )
    assert "MYSQL_PASSWORD" not in variables(system, "entrypoint.sh")


def test_mongodb_has_its_user_before_anybody_can_ask(system: Path) -> None:
    start(system, ENABLE_MONGODB="true", MONGODB_PASSWORD=ODD)
    calls = (system / "calls").read_text()
    order = [
        line.split()[0] for line in calls.splitlines() if line.split()[0] in ("mongod", "mongosh", "entrypoint.sh")
    ]
    assert order == ["mongod", "mongosh", "mongod", "entrypoint.sh"]
    assert "--bind_ip 127.0.0.1" in calls
    assert ODD not in calls, "the secret is in an argument"
    assert variables(system, "mongosh")["MONGODB_PASSWORD"] == ODD
    assert "MONGODB_PASSWORD" not in variables(system, "entrypoint.sh")
    for _ in range(2):
        said = (system / "etc/mongod.conf").read_text()
        assert said.count("security:\n  authorization: enabled\n") == 1
        assert "bindIp: 0.0.0.0" in said
        start(system, ENABLE_MONGODB="true", MONGODB_PASSWORD=ODD)


def test_qdrant_has_the_file_it_is_told_to_read_and_keeps_it(system: Path) -> None:
    start(system, ENABLE_QDRANT="true", QDRANT__SERVICE__API_KEY="key")
    config = system / "data/qdrant/config.yaml"
    assert (config.read_text(), config.stat().st_uid, config.parent.stat().st_uid) == ("", 1000, 1000)
    config.write_text("log_level: INFO\n")
    start(system, ENABLE_QDRANT="true", QDRANT__SERVICE__API_KEY="key")
    assert config.read_text() == "log_level: INFO\n"
    assert variables(system, "entrypoint.sh")["QDRANT__SERVICE__API_KEY"] == "key"


def test_ollama_fetches_nothing_by_itself(system: Path) -> None:
    start(system, ENABLE_OLLAMA="true")
    assert (system / "etc/supervisor/conf.d/ollama.conf").read_text() == OLLAMA[:-5] + "false\n"


def test_redis_takes_any_secret(system: Path) -> None:
    (system / "etc/redis/redis.conf").write_text("bind 127.0.0.1\n")
    start(system, ENABLE_REDIS="true", REDIS_PASSWORD=ODD)
    said = (system / "etc/redis/redis.conf").read_text().splitlines()
    assert said == ["bind 127.0.0.1", "bind 0.0.0.0", 'requirepass "o\'b\\"\\\\x"']
