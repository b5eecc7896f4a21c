"""Ask the Vulkan loader, without any other library, which devices the selected driver has."""

from __future__ import annotations

import ctypes as c

from vulkan_check import vk_types as vk
from vulkan_check.model import Device


class VulkanError(RuntimeError):
    """A Vulkan call failed; the text is `vkName: ERROR_…`."""


def loader() -> c.CDLL:
    """The Vulkan loader (1.1 or newer). Raises VulkanError where libvulkan.so.1 is missing."""
    try:
        return c.CDLL("libvulkan.so.1")
    except OSError as error:
        raise VulkanError(f"the Vulkan loader is missing ({error}); install libvulkan1") from error


def check(call: str, result: int) -> None:
    """Raise VulkanError for a negative VkResult."""
    if result < 0:
        raise VulkanError(f"{call}: {vk.RESULTS.get(result, f'VkResult {result}')}")


def loader_version(lib: c.CDLL) -> str:
    """The instance version the loader offers, `1.3.239`; it says nothing about any driver."""
    version = c.c_uint32()
    check("vkEnumerateInstanceVersion", lib.vkEnumerateInstanceVersion(c.byref(version)))
    return version_text(version.value)


def version_text(version: int) -> str:
    """A packed Vulkan version as `major.minor.patch`."""
    return f"{version >> 22 & 0x7F}.{version >> 12 & 0x3FF}.{version & 0xFFF}"


def create_instance(lib: c.CDLL) -> c.c_void_p:
    """A Vulkan 1.2 instance without layers or extensions. Raises VulkanError."""
    app = vk.ApplicationInfo(sType=0, pApplicationName=b"vulkan-check", apiVersion=vk.API_1_2)
    info = vk.InstanceCreateInfo(sType=1, pApplicationInfo=c.pointer(app))
    instance = c.c_void_p()
    check("vkCreateInstance", lib.vkCreateInstance(c.byref(info), None, c.byref(instance)))
    return instance


def physical_devices(lib: c.CDLL, instance: c.c_void_p) -> list[c.c_void_p]:
    """Handles of all devices, none being no error."""
    count = c.c_uint32()
    check("vkEnumeratePhysicalDevices", lib.vkEnumeratePhysicalDevices(instance, c.byref(count), None))
    handles = (c.c_void_p * count.value)()
    check("vkEnumeratePhysicalDevices", lib.vkEnumeratePhysicalDevices(instance, c.byref(count), handles))
    return [c.c_void_p(handle) for handle in handles]


def describe(lib: c.CDLL, handle: c.c_void_p) -> Device:
    """Name, type, ids and driver of one device."""
    driver = vk.DriverProperties(sType=1000196000)
    properties = vk.Properties2(sType=1000059001, pNext=c.cast(c.pointer(driver), c.c_void_p))
    lib.vkGetPhysicalDeviceProperties2(handle, c.byref(properties))
    return Device(
        name=properties.deviceName.decode(errors="replace"),
        driver_id=vk.DRIVER_IDS.get(driver.driverID, f"VK_DRIVER_ID {driver.driverID}"),
        driver_name=driver.driverName.decode(errors="replace"),
        driver_info=driver.driverInfo.decode(errors="replace"),
        type=vk.DEVICE_TYPES.get(properties.deviceType, f"VK_PHYSICAL_DEVICE_TYPE {properties.deviceType}"),
        vendor_id=properties.vendorID,
        api_version=version_text(properties.apiVersion),
    )


def heap_bytes(lib: c.CDLL, handle: c.c_void_p) -> int:
    """The size of the device's largest device-local heap in bytes; 0 where it has none."""
    memory = vk.MemoryProperties()
    lib.vkGetPhysicalDeviceMemoryProperties(handle, c.byref(memory))
    heaps = memory.heaps[: min(memory.heap_count, len(memory.heaps))]
    return max((heap.size for heap in heaps if heap.flags & vk.DEVICE_LOCAL), default=0)


def devices(lib: c.CDLL) -> list[tuple[Device, int]]:
    """All devices of the drivers VK_DRIVER_FILES selects, and the bytes of each one's largest heap.

    Raises VulkanError, also when no driver loads.
    """
    instance = create_instance(lib)
    try:
        return [(describe(lib, handle), heap_bytes(lib, handle)) for handle in physical_devices(lib, instance)]
    finally:
        lib.vkDestroyInstance(instance, None)
