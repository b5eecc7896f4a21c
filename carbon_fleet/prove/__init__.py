"""The GPU proof as the controller sees it: what was measured, whether that is a GPU, and whether it got slower."""
