"""What must not be shown is in no Report, in no form in which a program may have written it."""

import base64
import json
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_fleet.plan import Attribute
from carbon_fleet.report.document import Failure, MacReport, Outcome, Planned, Report, Result
from carbon_fleet.report.redaction import HIDDEN, PLACEHOLDER, Redactor
from carbon_fleet.runs.journal import Journal, read_journal
from carbon_fleet.verbs.talk import Talk

CANARY = "s3cret/with 'quotes' & <more>+ü"
FORMS = {
    "plain": CANARY,
    "url": quote(CANARY, safe=""),
    "json": json.dumps(CANARY),
    "shell": shlex.quote(CANARY),
    "html": CANARY.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
    "repr": repr(f"{CANARY}\n"),
    "list": str([CANARY, '"']),
    "json in json": json.dumps(json.dumps([CANARY])),
    "shell in a list": str([f"TOKEN={shlex.quote(CANARY)}"]),
    "base64": base64.b64encode(CANARY.encode()).decode(),
    "login": base64.b64encode(f"user:{CANARY}".encode()).decode(),
    "url base64": base64.urlsafe_b64encode(f"x{CANARY}y".encode()).decode(),
}
secrets = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=8, max_size=40)
around = st.text(max_size=20)


def knowing(*values: str) -> Redactor:
    redactor = Redactor()
    for value in values:
        redactor.know(value)
    return redactor


def everywhere(text: str) -> Report:
    """A Report in which a Mac said `text` wherever it can."""
    words = Failure(text, "CODE", text, text, text)
    change = Planned(text, "update", [Attribute(text, text, text)], text, [text], [text], evidence=text)
    mac = MacReport("mac-01", Outcome.FAILED, changes=[change], left=[change], notices=[words], failures=[words])
    mac.results = [Result(text, text, 1, 0.1, (text, f"a {text} b"))]
    mac.gpu, mac.measured, mac.applied = text, {"bench": {"paths": [text, {"deep": (text,)}]}}, {"by": text}
    return Report("apply", "lab", text, "", macs=[mac], options={"x": text}, notes=[words], controller=text)


@pytest.mark.parametrize("form", FORMS)
def test_a_value_is_taken_out_in_each_form(form: str) -> None:
    clean = knowing(CANARY).text(f"before {FORMS[form]} after")
    assert PLACEHOLDER in clean
    assert "s3cret" not in clean
    assert FORMS[form][4:-4] not in clean
    assert clean.startswith("before ")
    assert clean.endswith(" after")


@given(secret=secrets, before=around, after=around)
def test_no_field_of_a_report_has_a_value(secret: str, before: str, after: str) -> None:
    redactor = knowing(secret)
    clean = redactor.of(everywhere(before + secret + after)).to_json()
    assert secret not in clean
    assert json.dumps(secret)[1:-1] not in clean
    assert redactor.of(redactor.of(everywhere(secret))).to_json() == redactor.of(everywhere(secret)).to_json()


def test_what_is_no_secret_stays() -> None:
    report = everywhere("nothing of it")
    assert knowing(CANARY).of(report) == report
    assert Redactor().of(report) is report
    assert knowing("apply").of(report).verb == "apply", "a field that a Report is read by"


def test_short_values_go_where_they_stand_alone() -> None:
    redactor = knowing("lab", "1234")
    assert redactor.text("label lab. 12345 pin=1234") == f"label {PLACEHOLDER}. 12345 pin={PLACEHOLDER}"


def test_each_long_line_of_a_key_is_taken_out_alone() -> None:
    key = "{\n-----BEGIN KEY-----\nMIIEowIBAAKCAQEA\n-----END KEY-----\n}"
    assert knowing(key).text("it said { MIIEowIBAAKCAQEA }") == f"it said {{ {PLACEHOLDER} }}"


def test_a_value_in_another_is_no_hindrance() -> None:
    assert "tail" not in knowing("secret", "secret-tail").text("x secret-tail y")


def test_journal_and_talk_have_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    HIDDEN.know(CANARY)
    journal = Journal(tmp_path / "j.jsonl")
    journal.write("command", mac="mac-01", tail=[f"token {CANARY}"], result=Result("a", CANARY, 0, 0.1, (CANARY,)))
    journal.close()
    Talk(quiet=False).say("mac-01", "stack.x", f"it says {CANARY}")
    text = (tmp_path / "j.jsonl").read_text() + capsys.readouterr().err
    assert PLACEHOLDER in text
    assert "s3cret" not in text
    assert next(iter(read_journal(tmp_path / "j.jsonl")))["tail"] == [f"token {PLACEHOLDER}"]


PYINFRA = """
import logging
from pyinfra import logger
from carbon_fleet.engine import operation
from carbon_fleet.report.redaction import HIDDEN
HIDDEN.know("t0ken-of-the-lab")
logger.addHandler(logging.StreamHandler())
logger.error("[mac-01] %s", "it said t0ken-of-the-lab")
"""


def test_pyinfras_own_words_have_none() -> None:
    ran = subprocess.run([sys.executable, "-c", PYINFRA], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stderr == f"[mac-01] it said {PLACEHOLDER}\n"
