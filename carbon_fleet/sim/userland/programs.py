"""Which program lies where on a Mac (macOS 15, as far as scripts use them)."""

SHELLS = {"dash": "dash", "bash": "bash", "busybox": "busybox", "mksh": "mksh"}
"""What /bin/sh may be: bash behaves as `bash --posix` when it is called sh."""

PLACES: dict[str, str] = {
    "bin": """
        bash cat chmod cp date dd df echo ed expr hostname kill launchctl ln ls mkdir mv pax ps pwd rm rmdir sh
        sleep stty sync test [ unlink
    """,
    "sbin": """
        md5 ping
    """,
    "usr/bin": """
        awk base64 basename bc bunzip2 bzip2 cmp codesign comm curl cut defaults diff dirname du egrep env expand
        false fgrep file find fold getconf git grep groups gunzip gzip head id install join killall last less locale
        logger logname man mkfifo mktemp more nc nice nl nohup od openssl otool paste patch perl pgrep pkill
        plutil pmset pr printenv printf readlink rev rsync scp script security sed seq sftp shasum sort split ssh
        ssh-add ssh-agent ssh-keygen ssh-keyscan stat sudo sum sw_vers tail tar tee time top touch tr true tty uname
        uniq unzip uptime vm_stat w wc which who whoami xargs xxd yes zcat zip
    """,
    "usr/sbin": """
        chown chroot diskutil netstat scutil sysctl system_profiler
    """,
}
"""Directory → names. A name that is neither stood in for nor on this machine is left out."""

SHELL_STANDINS = frozenset(
    [
        "base64",
        "codesign",
        "date",
        "defaults",
        "df",
        "diskutil",
        "du",
        "getconf",
        "id",
        "launchctl",
        "md5",
        "netstat",
        "otool",
        "plutil",
        "pmset",
        "ps",
        "readlink",
        "scutil",
        "security",
        "sed",
        "stat",
        "sudo",
        "sw_vers",
        "sysctl",
        "system_profiler",
        "uname",
        "vm_stat",
    ]
)
"""Programs written for the lab in sh, in `bin/` beside this module."""

NO_LONG_OPTIONS = {
    "chmod": "",
    "chown": "",
    "cp": "tTuZ",
    "cut": "z",
    "find": "",
    "head": "z",
    "install": "DtTZ",
    "ln": "tTr",
    "ls": "Z",
    "mkdir": "Z",
    "mktemp": "",
    "mv": "tTuZ",
    "rm": "",
    "tail": "z",
    "tee": "",
    "touch": "",
    "tr": "",
    "uniq": "z",
    "wc": "L",
    "xargs": "d",
}
"""BSD programs that refuse every `--option`, and the one-letter options only GNU has."""
