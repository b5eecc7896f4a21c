"""A lab by https: a signed bundle whose number is higher than that of the one taken last."""

import hashlib
import json
from pathlib import Path

from carbon_fleet.pull.download import DownloadFailed, download
from carbon_fleet.pull.pack import MOST, Bundle, BundleFailed, unpacked
from carbon_fleet.pull.source import ADDRESS, STAYS, Signed, not_fetched, not_newer, unsigned
from carbon_fleet.pull.sshsig import SignatureFailed, signer
from carbon_fleet.pull.trouble import NotTaken
from carbon_fleet.report.document import Failure
from carbon_fleet.spec.pulled import Pulled

SIGNATURE_MOST = 16_384
_SIGN = "publish it anew (carbon-fleet agent publish), both files, or add who signed it to that file"
_MISSING = "404", "No such file"


class Bundles:
    """See `Source`. What was taken last is noted in `folder`, as its number and its sha256."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._note = folder, folder / "bundle.json"
        self._fetched: tuple[str, Bundle] | None = None

    @property
    def in_force(self) -> str | None:
        """See `Source`."""
        return self._last()[1]

    def fetch(self, wanted: Pulled, signers: Path) -> Signed:
        """See `Source`."""
        ca = Path(wanted.ca).expanduser() if wanted.ca else None
        content = self._download(wanted.url, MOST, ca)
        by = self._signer(content, wanted.url, ca, signers)
        name = hashlib.sha256(content).hexdigest()
        try:
            bundle = unpacked(content)
        except BundleFailed as error:
            raise _unreadable(wanted.url, str(error)) from error
        self._newer(name, bundle.serial)
        self._fetched = (name, bundle)
        told = {"bundle": name, "serial": bundle.serial}
        return Signed(name, by, f"bundle {bundle.serial}", told)

    def write(self, signed: Signed, folder: Path) -> None:
        """See `Source`."""
        if self._fetched is None or self._fetched[0] != signed.name:
            raise ValueError("only what was fetched last can be written")
        for name, content in self._fetched[1].files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_bytes(content)
            path.chmod(0o600)

    def accept(self, signed: Signed) -> None:
        """See `Source`."""
        beside = self._note.with_name("bundle.json.new")
        beside.write_text(json.dumps({"serial": signed.told["serial"], "sha256": signed.name}) + "\n")
        beside.replace(self._note)

    def _last(self) -> tuple[int, str | None]:
        try:
            said = json.loads(self._note.read_bytes())
            return int(said["serial"]), str(said["sha256"])
        except FileNotFoundError:
            return 0, None
        except (ValueError, KeyError, TypeError) as error:
            # Forgotten is not the same as never known: what is older could come back.
            raise OSError(f"{self._note} does not say which bundle was taken last: {error!r}") from error

    def _newer(self, name: str, serial: int) -> None:
        before, sha256 = self._last()
        if name == sha256 or serial > before:
            return
        again = " and has another content" if serial == before else ""
        what = f"bundle {serial} does not come after {before}, which was taken before{again}"
        anew = f"if the numbers were begun anew on purpose: rm -r {self._folder}"
        raise not_newer(what, f"publish it with a higher number (carbon-fleet agent publish --serial N); {anew}")

    def _download(self, url: str, most: int, ca: Path | None) -> bytes:
        try:
            return download(url, most, ca)
        except DownloadFailed as error:
            by_hand = f"run on this Mac: curl -f -o /dev/null {f'--cacert {ca} ' if ca else ''}{url}"
            raise not_fetched(url, str(error), by_hand) from error

    def _signer(self, content: bytes, url: str, ca: Path | None, signers: Path) -> str:
        try:
            signature = download(f"{url}.sig", SIGNATURE_MOST, ca)
        except DownloadFailed as error:
            if any(word in str(error) for word in _MISSING):
                raise unsigned(f"{url} has no signature beside it: {error}", signers, _SIGN) from error
            raise not_fetched(f"{url}.sig", str(error), "see that the server has it, too") from error
        try:
            return signer(content, signature, signers)
        except SignatureFailed as error:
            raise unsigned(f"{url} has no good signature: {error}", signers, _SIGN) from error


def _unreadable(url: str, said: str) -> NotTaken:
    why = f"it is signed, and cannot be read; {STAYS}"
    remedy = "publish it with `carbon-fleet agent publish`, or update carbon-fleet on this Mac"
    return NotTaken(Failure(ADDRESS, "BUNDLE_UNREADABLE", f"{url}: {said}", why, remedy))
