"""What is to do: pure differences between a wish and a Snapshot, as Changes with their commands."""

from carbon_fleet.plan.change import Action, Attribute, Bring, Change, Delivery, Finding, Notice, Refusal
from carbon_fleet.plan.command import Command, Where, guest, mac, render, shell
from carbon_fleet.plan.resource import Resource, World

__all__ = [
    "Action",
    "Attribute",
    "Bring",
    "Change",
    "Command",
    "Delivery",
    "Finding",
    "Notice",
    "Refusal",
    "Resource",
    "Where",
    "World",
    "guest",
    "mac",
    "render",
    "shell",
]
