"""carbon-fleet: labs of Apple Silicon Macs with GPU-accelerated Linux containers, from one YAML file."""

__version__ = "0.1.0"
