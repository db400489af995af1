"""Devices and mixed precision: what the machine has, and never silently less than was asked for."""

from contextlib import AbstractContextManager

import torch


class DeviceUnavailableError(RuntimeError):
    """A device was asked for that this machine does not have."""


def choose_device(name: str = "auto") -> torch.device:
    """Turn ``auto``, ``cpu``, ``cuda`` or ``cuda:1`` into a device.

    Raises:
        DeviceUnavailableError: if a GPU was asked for and is not there.
        ValueError: if the name is none of these.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name != "cpu" and name.partition(":")[0] != "cuda":
        raise ValueError(f"device must be auto, cpu, cuda or cuda:N, got {name!r}")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise DeviceUnavailableError(
            f"device {name} was asked for, but torch sees {torch.cuda.device_count()} CUDA "
            "devices; check the driver with nvidia-smi, or ask for --device cpu"
        )
    return device


def choose_precision(device: torch.device) -> torch.dtype:
    """Pick the fastest floating type that the device computes in hardware.

    bfloat16 on GPUs and processors that have it, float16 on older GPUs, else float32: a processor
    without bfloat16 instructions emulates them many times slower than float32.
    """
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    capabilities = torch.cpu.get_capabilities()
    has_bfloat16 = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")
    return torch.bfloat16 if has_bfloat16 else torch.float32


def autocast(device: torch.device, precision: torch.dtype) -> AbstractContextManager[object]:
    """Mixed precision on the device; does nothing for float32."""
    return torch.autocast(device.type, precision, enabled=precision is not torch.float32)
