"""From where a Mac fetches its lab, whose signatures it goes by, and when it may apply it.

Only ways that keep what is fetched from others' eyes: what is signed is not secret from those who read along otherwise.
An address over https, or of a folder, that ends in `.tar` is a bundle (`carbon-fleet agent publish`), its signature
beside it; every other one is a git repository.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo, field_validator

from carbon_fleet.spec.base import Wish, mistake
from carbon_fleet.spec.window import WindowText
from carbon_fleet.spec.words import HomePath, Text

_HOST = r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?"
_LOGIN = r"([A-Za-z0-9_][A-Za-z0-9._-]*@)"
_ADDRESS = re.compile(rf"https://{_HOST}/\S+|ssh://{_LOGIN}?{_HOST}/\S+|{_LOGIN}{_HOST}:[^\s:]\S*|(file://)?/.+")
_BUNDLE = re.compile(r"(https://|file://|/).*[^/]\.tar")
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]*")
_NO_BRANCH = re.compile(r"\.\.|//|/\.|\.lock(/|$)|[./]$")
_WITH_LOGIN = re.compile(r"https?://[^/]*@")


def _address(value: str) -> str:
    if _WITH_LOGIN.match(value):
        why = "it would stand in the process list and in every Report"
        raise mistake("the address holds a login", why, "leave it out, and give git a credential helper or use ssh")
    if not _ADDRESS.fullmatch(value):
        why = "it is fetched over https or ssh, or from a folder of this Mac"
        write = (
            "write one such as `https://git.example/lab.git`, `git@git.example:lab.git`, `https://www.example/lab.tar`"
        )
        raise mistake("`{text}` is no address of a git repository or a bundle", why, write)
    return value


def _branch(value: str) -> str:
    if not _BRANCH.fullmatch(value) or _NO_BRANCH.search(value):
        raise mistake("`{text}` is no name of a branch", write="write one such as `main`")
    return value


def _inside(value: str) -> str:
    parts = value.split("/")
    if value.startswith("/") or any(part in ("", ".", "..") for part in parts):
        raise mistake("`{text}` is no path inside of what is fetched", write="write one such as `labs/brisbane.yml`")
    return value


GitAddress = Annotated[Text, AfterValidator(_address)]
"""A git repository (`https://git.example/lab.git`, `git@git.example:lab.git`, a folder), or a bundle (`….tar`)."""
GitBranch = Annotated[Text, AfterValidator(_branch)]
"""A branch: `main`."""
FileInside = Annotated[Text, AfterValidator(_inside)]
"""A file of the repository or the bundle: `labs/brisbane.yml`."""


class Pulled(Wish):
    """What is fetched, whose signature counts, and when it may be applied."""

    url: GitAddress
    """The git repository; or the bundle, over https, with `.tar` at its end and its signature at `.tar.sig`."""
    signers: HomePath
    """The allowed signers (ssh-keygen(1), ALLOWED SIGNERS): a line each, `PRINCIPAL KEYTYPE KEY`."""
    file: FileInside = "lab.yml"
    """The lab file in it."""
    branch: GitBranch = "main"
    """The branch; a bundle has none."""
    ca: HomePath | None = None
    """The certificates (PEM) that may vouch for an https server, instead of those this Mac trusts."""
    window: WindowText = "00:00-24:00"
    """When it may be applied, by this Mac's clock."""

    @field_validator("branch")
    @classmethod
    def _of_git(cls, value: str, info: ValidationInfo) -> str:
        if value != "main" and _BUNDLE.fullmatch(info.data.get("url", "")):
            raise mistake("`{text}` is a branch, and a bundle has none", write="leave it out")
        return value

    @property
    def bundle(self) -> bool:
        """Whether the address is a bundle's, and no repository's."""
        return _BUNDLE.fullmatch(self.url) is not None
