"""The emulated Mac: real podman machine, real gvproxy and a real Linux with a virtio GPU under QEMU's emulation."""
