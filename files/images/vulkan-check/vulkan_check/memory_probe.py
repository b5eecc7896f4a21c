"""Can device memory be mapped at all? Seconds are saved by asking before a whole numeric job hangs on it."""

from __future__ import annotations

import ctypes as c

from vulkan_check import vk_types as vk
from vulkan_check.vulkan import VulkanError, check, create_instance, describe, physical_devices

# 33 pages of 4 KiB: no multiple of 16 KiB, so on Apple silicon an unpatched driver fails here, in size or, from the
# second allocation on, in offset.
SIZE = 33 * 4096
ALLOCATIONS = 3


def probe(lib: c.CDLL) -> None:
    """Allocate, map, write and read back host-visible memory on the Venus device. Raises VulkanError."""
    handles = physical_devices(lib, instance := create_instance(lib))
    venus = next((handle for handle in handles if describe(lib, handle).driver_id == "MESA_VENUS"), None)
    if venus is None:
        raise VulkanError("no Venus device to probe")
    memory_type = _host_visible_type(lib, venus)
    device = _create_device(lib, venus)
    for round_ in range(ALLOCATIONS):
        _map_once(lib, device, memory_type, fill=0xA0 + round_)
    lib.vkDestroyDevice(device, None)
    lib.vkDestroyInstance(instance, None)


def _host_visible_type(lib: c.CDLL, handle: c.c_void_p) -> int:
    memory = vk.MemoryProperties()
    lib.vkGetPhysicalDeviceMemoryProperties(handle, c.byref(memory))
    for index in range(memory.count):
        if memory.types[2 * index] & vk.HOST_VISIBLE:
            return index
    raise VulkanError("the device has no host-visible memory")


def _compute_family(lib: c.CDLL, handle: c.c_void_p) -> int:
    count = c.c_uint32(16)
    families = (vk.QueueFamily * 16)()
    lib.vkGetPhysicalDeviceQueueFamilyProperties(handle, c.byref(count), families)
    for index in range(count.value):
        if families[index].flags & vk.QUEUE_COMPUTE:
            return index
    raise VulkanError("the device has no queue that computes")


def _create_device(lib: c.CDLL, handle: c.c_void_p) -> c.c_void_p:
    priority = c.c_float(1.0)
    queue = vk.QueueCreateInfo(
        sType=2, queueFamilyIndex=_compute_family(lib, handle), queueCount=1, pQueuePriorities=c.pointer(priority)
    )
    info = vk.DeviceCreateInfo(sType=3, queueCreateInfoCount=1, pQueueCreateInfos=c.pointer(queue))
    device = c.c_void_p()
    check("vkCreateDevice", lib.vkCreateDevice(handle, c.byref(info), None, c.byref(device)))
    return device


def _map_once(lib: c.CDLL, device: c.c_void_p, memory_type: int, fill: int) -> None:
    info = vk.AllocateInfo(sType=5, allocationSize=SIZE, memoryTypeIndex=memory_type)
    memory, pointer = c.c_uint64(), c.c_void_p()
    check("vkAllocateMemory", lib.vkAllocateMemory(device, c.byref(info), None, c.byref(memory)))
    mapped = lib.vkMapMemory(device, memory, c.c_uint64(0), c.c_uint64(SIZE), c.c_uint32(0), c.byref(pointer))
    check("vkMapMemory", mapped)
    address = pointer.value or 0
    c.memset(address, fill, SIZE)
    if c.string_at(address, SIZE) != bytes([fill]) * SIZE:
        raise VulkanError("mapped memory does not hold what was written to it")
    # Not freed: the next allocation must land behind this one.
