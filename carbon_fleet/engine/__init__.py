"""The fleet engine: every Mac at its own pace, none able to stop another."""
