"""What makes a Mac what its lab file says, in order: `pyinfra @local deploy.py`, or `carbon-fleet apply LAB`."""

from carbon_fleet.engine.deploy import converge
from operations import (
    agent,
    apple_container,
    docker,
    environment,
    guest,
    homebrew,
    image,
    lima,
    machine,
    model,
    moving,
    native,
    nvidia,
    power,
    preflight,
    provider,
    secret,
    stack,
)

ORDER = (
    preflight.RESOURCE,
    power.RESOURCE,
    homebrew.RESOURCE,
    provider.RESOURCE,
    machine.RESOURCE,
    nvidia.RESOURCE,
    guest.RESOURCE,
    secret.RESOURCE,
    image.RESOURCE,
    model.RESOURCE,
    stack.RESOURCE,
    docker.RESOURCE,
    environment.RESOURCE,
    apple_container.RESOURCE,
    native.RESOURCE,
    moving.RESOURCE,
    lima.RESOURCE,
    agent.RESOURCE,
)

converge(ORDER)
