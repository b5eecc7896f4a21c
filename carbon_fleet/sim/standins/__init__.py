"""Stand-ins for the programs only macOS, Homebrew or a Podman machine has: standard library only, started often."""
