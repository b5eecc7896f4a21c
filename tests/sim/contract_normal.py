"""What may differ between two right answers, and how it is made alike before they are compared."""

import json
import re

from tests.sim.contract_sides import Answer

ALIKE: tuple[tuple[str, str, str], ...] = (
    (r"-(amd64\.qcow2|arm64\.raw)\b", "-DISK", "QEMU's disks are qcow2, libkrun's raw; a Mac is arm64"),
    (r"\b(qemu|libkrun)\b", "PROVIDER", "Linux has the provider qemu alone, a Mac libkrun and applehv"),
    (r"\b(QEMU|LIBKRUN)\b", "PROVIDER", "the same in capitals"),
    (r"\b(amd64|arm64)\b", "ARCH", "the processor"),
    (r"\b(linux|darwin)(?=[\"/\n])", "SYSTEM", "the system"),
    (r"^/tmp/podman/(\S+_vm\.pid|qmp_\S+\.sock)\n", "", "QEMU has a pid file and a monitor socket, krunkit neither"),
    (r'("(?:GoVersion|GitCommit|BuiltTime|BuildOrigin)": )"[^"]*"', r"\1TEXT", "who built this podman, and when"),
    (r"((?:goversion|gitcommit|builttime|buildorigin): ).*", r"\1TEXT", "the same in YAML"),
    (r'((?:"Built"|built): )\d+', r"\1NUMBER", "the same as a number"),
    (r"127\.0\.0\.1:\d{4,5}\b", "127.0.0.1:PORT", "a machine's ssh port is any that is free"),
    (r'("Port": )\d+', r"\1PORT", "the same in JSON"),
    (r"20\d\d-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)", "TIME", "moments"),
    (r"(?:Less than a second|About a minute|\d+ (?:seconds?|minutes?)) ago", "AGO", "moments, told to people"),
    (r"total system memory \(\d+ MB\)", "total system memory (NUMBER MB)", "this machine's memory"),
    (r"(?s)^\S[^\n]*\n\n(?:Description:\n.*?\n\n)?Usage:\n.*", "HELP\n", "that there is help counts, not its words"),
    (r'(could not find "\w+" in one of )\[[^]]*\]', r"\1[FOLDERS]", "Homebrew's folders are not Debian's"),
    (
        r"invalid character[^\"\n]*|EOF$|json: cannot unmarshal[^\"\n]*|unexpected end of JSON input",
        "NO JSON",
        "the words of Go's parser, which Python's cannot say alike",
    ),
    (r"toml: .*", "toml: NO TOML", "the same of TOML"),
    (r" {2,}", "  ", "a provider's longer name moves the columns after it"),
)
"""A pattern, what stands for it, and why it may differ: applied in this order."""
HYPERVISOR = ("QEMUHypervisor", "LibKrunHypervisor")


def text(said: str) -> str:
    """A stream with everything alike that may differ."""
    for pattern, word, _ in ALIKE:
        said = re.sub(pattern, word, said, flags=re.MULTILINE)
    return said


def rows(said: str) -> str:
    """A list's output in one order: podman lists machines and connections as its maps happen to lie."""
    try:
        found = json.loads(said)
    except ValueError:
        return "\n".join(sorted(said.splitlines()))
    if isinstance(found, list):
        found.sort(key=lambda row: str(row["Name"]))
        return json.dumps(found, indent=4) + ("\n" if said.endswith("\n") else "")
    return said


def document(found: object) -> object:
    """A JSON file with its hypervisor's part, ports and moments made alike; None for what is no JSON."""
    if isinstance(found, dict):
        kept = {key: document(value) for key, value in found.items() if key not in HYPERVISOR}
        if len(kept) < len(found):
            kept["HYPERVISOR"] = {}
        if isinstance(kept.get("Connections"), dict) and "Default" in found:
            kept["Default"] = type(found["Default"]).__name__  # after a removal any that is left
        return {key: type(value).__name__ if key == "Port" else value for key, value in kept.items()}
    if isinstance(found, list):
        return [document(one) for one in found]
    return text(found) if isinstance(found, str) else found


def files(answer: Answer) -> dict[str, str]:
    """The files by normal name, and their modes: but for folders of the Mac's default provider, which Linux has not."""
    return {text(name): mode for name, mode in answer.files.items() if "/applehv" not in name}


def documents(answer: Answer) -> dict[str, object]:
    """The JSON files by normal name."""
    return {text(name): document(found) for name, found in answer.documents.items()}


def streams(answer: Answer, command: str) -> tuple[str, str]:
    """Standard output and standard error."""
    listed = " list" in command or " ls" in command
    return text(rows(answer.out) if listed else answer.out), text(answer.err)
