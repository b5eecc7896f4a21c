"""What a lab file may say of NVIDIA's driver and toolkit on its Linux hosts."""

from carbon_fleet.spec import VersionBound, Wish


class Nvidia(Wish):
    """What `nvidia:` in a lab file may say; only hosts with `runtime: linux-nvidia` are asked."""

    driver: VersionBound = VersionBound("*")
    """The versions of the driver this lab accepts; which one a GPU needs is NVIDIA's to say."""
    toolkit: VersionBound = VersionBound(">=1.12")
    """The versions of NVIDIA's container toolkit; CDI specifications came with 1.12."""
