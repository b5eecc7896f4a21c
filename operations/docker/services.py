"""The stacks of a Mac that Docker Desktop runs: each wished container, and each stack's Compose file."""

from carbon_fleet.spec import Mac
from operations import runtimes
from operations.docker.commands import FOLDER, MODELS
from operations.render import compose
from operations.services import Service, by_stack, members
from operations.stack import mac_folders

SECRETS = "../../secrets"
"""The Mac's folder of secrets as the files name it."""


def services(mac: Mac) -> tuple[Service, ...]:
    """Every wished container that Docker Desktop runs, each after the ones it starts after."""
    return tuple(
        Service("docker", container, made, compose.definition(made, SECRETS))
        for container, made in members(mac, runtimes.DOCKER, mac_folders.here(f"~/{MODELS.folder}", mac))
    )


def files(mac: Mac) -> dict[str, str]:
    """The text of each stack's file, by stack."""
    stacks = by_stack(services(mac))
    return {stack: compose.document(stack, workloads, SECRETS) for stack, workloads in stacks.items()}


def path(stack: str) -> str:
    """Where a stack's file lies."""
    return f"{FOLDER}/{stack}/compose.yaml"
