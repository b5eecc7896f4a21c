"""The drop-in by which podman in the machine has images from the lab's mirror: containers-registries.conf.d(5).

A registry's `location` is the mirror's, so that nothing else is asked: what the mirror has not is named as missing
there, and does not come from somewhere else.
"""

from carbon_fleet.spec import Mac
from carbon_fleet.spec import mirror as at
from operations.guest.wish import Guest, GuestFile

DROP_IN = "/etc/containers/registries.conf.d/50-carbon-fleet-mirror.conf"
FIRST = "# Written by carbon-fleet: images come from the mirror the lab file names.\n"


def files(wanted: Guest, mac: Mac) -> dict[str, GuestFile]:
    """The files of the wish, and the drop-in where the Mac has a mirror; one the lab file writes itself stands."""
    own = {DROP_IN: GuestFile(content=text(mac.mirror, mac))} if mac.mirror else {}
    return {**own, **wanted.files}


def text(mirror: str, mac: Mac) -> str:
    """The drop-in: each registry that the Mac's images are in, at its place in the mirror."""
    from operations.image.elsewhere import registries  # images are made inside the guest, not the guest of them

    insecure = "true" if mirror.startswith("http://") else "false"
    tables = (
        f'\n[[registry]]\nprefix = "{name}"\nlocation = "{at.place(mirror)}/{name}"\ninsecure = {insecure}\n'
        for name in registries(mac)
    )
    return FIRST + "".join(tables)
