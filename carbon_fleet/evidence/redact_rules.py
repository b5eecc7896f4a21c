"""What names people, machines and networks, or is secret, by its form; pure."""

import re

_WORDS = r"pass(?:word|wd|phrase)?|secret|token|(?:api|access|private)[_-]?key|authorization|credential\w*"
"""Words behind which a secret stands."""
_TOKENS = (
    r"gh[pousr]_\w{16,}",
    r"github_pat_\w{16,}",
    r"glpat-[\w-]{16,}",
    r"hf_\w{16,}",
    r"xox[a-z]-[\w-]{8,}",
    r"AKIA\w{12,}",
    r"sk-[\w-]{16,}",
    r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*",
)
_KEY = r"(?:sk-)?(?:ssh-\w+|ecdsa-sha2-[\w-]+)(?:@openssh\.com)? +[A-Za-z0-9+/=]{16,}(?: [^\s\"']+)?"
_VALUE = r"(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s,;&]+)"
_ENDINGS = r"local|lan|home|internal|intranet|corp|localdomain|home\.arpa"
_MACS = r"[\w.]+(?:['\u2019]s[ -]|s-)(?:macbook|imac|mac)[\w-]*(?:[ -](?:pro|air|mini|studio))?"
_V4 = r"\d{1,3}(?:\.\d{1,3}){3}"
_V6 = r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.\d+)*"
_FORMS: tuple[tuple[str, str], ...] = (
    (r"(?s)-----BEGIN [^-\n]+-----.*?(?:-----END [^-\n]+-----|\Z)", "<key>"),
    (_KEY, "<key>"),
    (r"\b(?:SHA256:[A-Za-z0-9+/]{20,}=*|MD5(?::[0-9a-f]{2}){16})", "<fingerprint>"),
    (rf"\b(?:{'|'.join(_TOKENS)})", "<secret>"),
    (r"(?i)\b(bearer|basic) +[\w.~+/=-]{8,}", r"\1 <secret>"),
    (rf"(?i)((?:{_WORDS})[\"']?\s*[=:]\s*){_VALUE}", r"\1<secret>"),
    (r"(?i)([a-z][a-z0-9+.-]*://)[^\s/@]+@", r"\1<user>@"),
    (r"[\w.+-]+@[A-Za-z][\w-]*(?:\.[\w-]+)*", "<email>"),
    (r"(?i)(serial(?:[ _-]?(?:number|no))?(?: \(system\))?[\"']?\s*[=:]\s*[\"']?)[\w-]+", r"\1<serial>"),
    (r"(?i)\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", "<uuid>"),
    (r"(?i)(?<![\w:])(?:[0-9a-f]{1,2}[:-]){5}[0-9a-f]{1,2}(?![\w:])", "<mac-address>"),
    (r"\b(?=[A-Z0-9]*[0-9])(?=[A-Z0-9]*[A-Z])[A-Z0-9]{10,12}\b", "<serial>"),
    (rf"(?i)\b[\w.-]+?\.(?:{_ENDINGS})\b", "<host>"),
    (rf"(?i){_MACS}", "<host>"),
    # A line of base64 may hold anything; sums in hex do not count as such.
    (r"(?m)^\|?(?=[^\n]*[G-Zg-z+/])[A-Za-z0-9+/]{24,}={0,2}$", "<base64>"),
)
RULES = tuple((re.compile(form), placeholder) for form, placeholder in _FORMS)
"""Each form and its placeholder, in the order they are applied."""
ADDRESS = re.compile(rf"(?<![\w.:])(?:{_V4}|{_V6})(?![\w:])")
"""What may be an IP address; times of day look alike."""
