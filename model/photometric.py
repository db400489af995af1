"""Light changes of light and ink, on the device that trains.

Shapes: B crops, C channels, H W pixels.
"""

import torch
from torch import Tensor

GAMMA = (0.7, 1.4)  # below 1 the page gets lighter
CONTRAST = (0.8, 1.2)
BRIGHTNESS = 0.08  # of the full range, up and down
NOISE = 0.02  # largest standard deviation, of the full range


def change_light(image_BCHW: Tensor) -> Tensor:
    """Change gamma, contrast, brightness and noise of each crop at random.

    Args:
        image_BCHW: uint8 crops.

    Returns:
        uint8 crops on the same device, drawn from torch's generator of that device.
    """
    shape = (len(image_BCHW), 1, 1, 1)
    values = image_BCHW.float() / 255
    values = values ** _between(GAMMA, shape, values.device)
    middle = values.mean((1, 2, 3), keepdim=True)
    values = (values - middle) * _between(CONTRAST, shape, values.device) + middle
    values += _between((-BRIGHTNESS, BRIGHTNESS), shape, values.device)
    values += torch.randn_like(values) * _between((0.0, NOISE), shape, values.device)
    return (values * 255).round_().clamp_(0, 255).to(torch.uint8)


def _between(bounds: tuple[float, float], shape: tuple[int, ...], device: torch.device) -> Tensor:
    low, high = bounds
    return low + (high - low) * torch.rand(shape, device=device)
