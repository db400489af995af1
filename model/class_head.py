"""Classes computed only where characters are: the sparse class head.

A dense class map of 4,329 classes on a 1024 x 1024 page would hold 284 million logits, nearly all
never looked at; even a dense 3 x 3 embedding costs 37 % of the fifth-place network. Reading the
features at the centres first and applying the same weights there gives the same numbers.

Shapes: N characters of the whole batch, P sampled points, C channels, D embedding.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.configuration import STRIDE, DetectorConfiguration

GRID = 5  # at 28 px a box scaled by 1.2 spans 34 px = 4.2 cells of stride 8
GRID_REACH = 1.2
CONTEXT_REACH = 1.6  # the neighbours above and below, in box heights
ROWS = 64
INITIAL_COSINE_SCALE = 20.0  # a cosine of 0.9 among 4,300 of 0 then has a probability of 0.999


def sample_points(
    features_BCHW: Tensor, points_NP2: Tensor, pages_N: Tensor, stride: int
) -> Tensor:
    """Read features bilinearly at points of the input image.

    Half precision has 8 bits for a coordinate, too few for the pixels of a page: the points keep
    their precision whatever that of the map is.

    Args:
        features_BCHW: a feature map at ``stride``.
        points_NP2: points (x, y) in pixels of the input image.
        pages_N: int64, the index in the batch of each row of points.
        stride: pixels per cell.

    Returns:
        Features, NPC in the map's floating type; zero outside the map.
    """
    height, width = features_BCHW.shape[-2:]
    extent = points_NP2.new_tensor([width * stride, height * stride])
    grid_NP2 = points_NP2 / extent * 2 - 1
    sampled = features_BCHW.new_zeros((len(pages_N), points_NP2.shape[1], features_BCHW.shape[1]))
    for page in range(features_BCHW.shape[0]):
        rows = (pages_N == page).nonzero().flatten()
        if len(rows) == 0:
            continue
        values_1CNP = functional.grid_sample(
            features_BCHW[page : page + 1].to(grid_NP2.dtype),
            grid_NP2[rows][None],
            align_corners=False,
        )
        values_NPC = values_1CNP[0].permute(1, 2, 0).to(sampled.dtype)
        sampled = sampled.index_copy(0, rows, values_NPC)
    # Even an empty result hangs on the features: processes that train together wait for a gradient
    # of every parameter in every step.
    return sampled + 0 * features_BCHW[0, :, 0, 0]


def box_grid_points(boxes_N4: Tensor) -> Tensor:
    """Lay a 5 x 5 grid over each box and a point above, in and below it.

    Args:
        boxes_N4: float boxes (x, y, width, height) in input pixels.

    Returns:
        Points (x, y) in input pixels, N28,2: the grid row by row, then the three of context.
    """
    steps = (torch.arange(GRID, device=boxes_N4.device) + 0.5) / GRID - 0.5
    grid_y, grid_x = torch.meshgrid(steps, steps, indexing="ij")
    unit_P2 = torch.stack([grid_x.flatten(), grid_y.flatten()], 1) * GRID_REACH
    context_32 = unit_P2.new_tensor([[0, -CONTEXT_REACH], [0, 0], [0, CONTEXT_REACH]])
    unit_P2 = torch.cat([unit_P2, context_32])
    centers_N12 = (boxes_N4[:, :2] + boxes_N4[:, 2:] / 2)[:, None]
    return centers_N12 + unit_P2[None] * boxes_N4[:, None, 2:]


def evened(rows_NC: Tensor) -> Tensor:
    """Add rows of zeros up to a multiple of `ROWS`.

    The number of characters differs from step to step, and oneDNN compiles and keeps kernels for
    every shape of matrix that it meets: without this a training grew by 10 MB a step.
    """
    return functional.pad(rows_NC, (0, 0, 0, -len(rows_NC) % ROWS))


class CosineLinear(nn.Module):
    """Logits from the angle between embedding and class weight (L2-normalised softmax).

    Ranjan et al. 2017: with both normalised, frequent classes gain nothing by longer weights.
    """

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, width) / width**0.5)
        self.log_scale = nn.Parameter(torch.tensor(INITIAL_COSINE_SCALE).log())

    def forward(self, embedding_ND: Tensor) -> Tensor:
        """Compute class logits, N x classes."""
        weight = functional.normalize(self.weight, dim=1)
        cosine = functional.linear(functional.normalize(embedding_ND, dim=1), weight)
        return cosine * self.log_scale.exp()


def class_layer(configuration: DetectorConfiguration, classes: int) -> nn.Module:
    """Build the last layer of a class head."""
    width = configuration.embedding_channels
    if configuration.class_logits == "cosine":
        return CosineLinear(width, classes)
    return nn.Linear(width, classes)


class BoxClassHead(nn.Module):
    """Class logits from a grid over the character's box at stride 8, with context in its column."""

    reads_coarse = True

    def __init__(self, channels: int, classes: int, configuration: DetectorConfiguration) -> None:
        super().__init__()
        width = configuration.embedding_channels
        self.embedding = nn.Linear((GRID * GRID + 3) * channels, width)
        self.normalisation = nn.LayerNorm(width)
        self.dropout = nn.Dropout(configuration.dropout)
        self.classes = class_layer(configuration, classes)

    def forward(self, coarse: Tensor, boxes_N4: Tensor, pages_N: Tensor) -> Tensor:
        """Compute class logits of the given boxes, N x classes, from the map at stride 8."""
        points_NPC = sample_points(coarse, box_grid_points(boxes_N4), pages_N, 2 * STRIDE)
        rows = evened(points_NPC.flatten(1))
        embedding_ND = functional.gelu(self.normalisation(self.embedding(rows)))
        logits: Tensor = self.classes(self.dropout(embedding_ND))
        return logits[: len(boxes_N4)]


class CellClassHead(nn.Module):
    """The fifth-place class head: a 3 x 3 convolution and a linear layer, at the centres alone."""

    reads_coarse = False

    def __init__(self, channels: int, classes: int, configuration: DetectorConfiguration) -> None:
        super().__init__()
        self.embedding = nn.Conv2d(channels, configuration.embedding_channels, 3, padding=1)
        self.dropout = nn.Dropout(configuration.dropout)
        self.classes = class_layer(configuration, classes)

    def forward(self, fine: Tensor, boxes_N4: Tensor, pages_N: Tensor) -> Tensor:
        """Compute class logits at the boxes' centres, N x classes, from the map at stride 4."""
        embedding_ND = functional.relu(self.gathered_convolution(fine, boxes_N4, pages_N))
        logits: Tensor = self.classes(self.dropout(embedding_ND))
        return logits[: len(boxes_N4)]

    def gathered_convolution(self, fine: Tensor, boxes_N4: Tensor, pages_N: Tensor) -> Tensor:
        """Apply the embedding's convolution at the cells that hold the boxes' centres.

        Returns:
            Embeddings, ND; rows of zero features follow up to a multiple of `ROWS`.
        """
        padded = functional.pad(fine, (1, 1, 1, 1)).permute(0, 2, 3, 1)
        cells_N2 = (boxes_N4[:, :2] + boxes_N4[:, 2:] / 2).div(STRIDE).long()
        columns_N = cells_N2[:, 0].clamp(0, fine.shape[3] - 1)
        rows_N = cells_N2[:, 1].clamp(0, fine.shape[2] - 1)
        neighbours = [
            padded[pages_N, rows_N + row, columns_N + column]
            for row in range(3)
            for column in range(3)
        ]
        weights_DK = self.embedding.weight.permute(0, 2, 3, 1).flatten(1)
        return functional.linear(evened(torch.cat(neighbours, 1)), weights_DK, self.embedding.bias)
