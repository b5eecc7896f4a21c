"""The few Vulkan structures the check needs, as ctypes. Layouts and numbers: the Vulkan 1.2 specification."""

from __future__ import annotations

import ctypes as c

API_1_2 = (1 << 22) | (2 << 12)
HOST_VISIBLE = 0x2
QUEUE_COMPUTE = 0x2
DEVICE_LOCAL = 0x1

RESULTS = {
    -1: "ERROR_OUT_OF_HOST_MEMORY",
    -2: "ERROR_OUT_OF_DEVICE_MEMORY",
    -3: "ERROR_INITIALIZATION_FAILED",
    -4: "ERROR_DEVICE_LOST",
    -5: "ERROR_MEMORY_MAP_FAILED",
    -7: "ERROR_EXTENSION_NOT_PRESENT",
    -9: "ERROR_INCOMPATIBLE_DRIVER",
}
DEVICE_TYPES = {0: "OTHER", 1: "INTEGRATED_GPU", 2: "DISCRETE_GPU", 3: "VIRTUAL_GPU", 4: "CPU"}
DRIVER_IDS = {10: "GOOGLE_SWIFTSHADER", 13: "MESA_LLVMPIPE", 14: "MOLTENVK", 22: "MESA_VENUS"}


class ApplicationInfo(c.Structure):
    """VkApplicationInfo."""

    _fields_ = [
        ("sType", c.c_uint32),
        ("pNext", c.c_void_p),
        ("pApplicationName", c.c_char_p),
        ("applicationVersion", c.c_uint32),
        ("pEngineName", c.c_char_p),
        ("engineVersion", c.c_uint32),
        ("apiVersion", c.c_uint32),
    ]


class InstanceCreateInfo(c.Structure):
    """VkInstanceCreateInfo."""

    _fields_ = [
        ("sType", c.c_uint32),
        ("pNext", c.c_void_p),
        ("flags", c.c_uint32),
        ("pApplicationInfo", c.POINTER(ApplicationInfo)),
        ("enabledLayerCount", c.c_uint32),
        ("ppEnabledLayerNames", c.c_void_p),
        ("enabledExtensionCount", c.c_uint32),
        ("ppEnabledExtensionNames", c.c_void_p),
    ]


class DriverProperties(c.Structure):
    """VkPhysicalDeviceDriverProperties."""

    _fields_ = [
        ("sType", c.c_uint32),
        ("pNext", c.c_void_p),
        ("driverID", c.c_uint32),
        ("driverName", c.c_char * 256),
        ("driverInfo", c.c_char * 256),
        ("conformanceVersion", c.c_uint8 * 4),
    ]


class Properties2(c.Structure):
    """VkPhysicalDeviceProperties2; limits and sparse properties are room nobody reads (616 bytes in 1.2)."""

    _fields_ = [
        ("sType", c.c_uint32),
        ("pNext", c.c_void_p),
        ("apiVersion", c.c_uint32),
        ("driverVersion", c.c_uint32),
        ("vendorID", c.c_uint32),
        ("deviceID", c.c_uint32),
        ("deviceType", c.c_uint32),
        ("deviceName", c.c_char * 256),
        ("rest", c.c_uint64 * 128),
    ]


class MemoryHeap(c.Structure):
    """VkMemoryHeap; the size is in bytes."""

    _fields_ = [("size", c.c_uint64), ("flags", c.c_uint32)]


class MemoryProperties(c.Structure):
    """VkPhysicalDeviceMemoryProperties; `types` holds (propertyFlags, heapIndex) pairs."""

    _fields_ = [
        ("count", c.c_uint32),
        ("types", c.c_uint32 * 64),
        ("heap_count", c.c_uint32),
        ("heaps", MemoryHeap * 16),
    ]


class QueueFamily(c.Structure):
    """VkQueueFamilyProperties."""

    _fields_ = [("flags", c.c_uint32), ("count", c.c_uint32), ("rest", c.c_uint32 * 4)]


class QueueCreateInfo(c.Structure):
    """VkDeviceQueueCreateInfo."""

    _fields_ = [
        ("sType", c.c_uint32),
        ("pNext", c.c_void_p),
        ("flags", c.c_uint32),
        ("queueFamilyIndex", c.c_uint32),
        ("queueCount", c.c_uint32),
        ("pQueuePriorities", c.POINTER(c.c_float)),
    ]


class DeviceCreateInfo(c.Structure):
    """VkDeviceCreateInfo; layers, extensions and features stay empty."""

    _fields_ = [
        ("sType", c.c_uint32),
        ("pNext", c.c_void_p),
        ("flags", c.c_uint32),
        ("queueCreateInfoCount", c.c_uint32),
        ("pQueueCreateInfos", c.POINTER(QueueCreateInfo)),
        ("enabledLayerCount", c.c_uint32),
        ("ppEnabledLayerNames", c.c_void_p),
        ("enabledExtensionCount", c.c_uint32),
        ("ppEnabledExtensionNames", c.c_void_p),
        ("pEnabledFeatures", c.c_void_p),
    ]


class AllocateInfo(c.Structure):
    """VkMemoryAllocateInfo."""

    _fields_ = [
        ("sType", c.c_uint32),
        ("pNext", c.c_void_p),
        ("allocationSize", c.c_uint64),
        ("memoryTypeIndex", c.c_uint32),
    ]
