"""`vulkan-check prove`: known answers of several kinds, and how fast they came, against one CPU core."""
