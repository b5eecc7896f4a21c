"""The embedded simulated lab: Macs that are real sshds in sandboxes, with stand-ins for what only macOS has."""
