"""Classes as frequent as the script has them, not as a few labelled pages happened to have.

A network that learns from few books thinks that every page holds what they held, and rarely names
what it met in synthesis alone. Logit adjustment after training (Menon et al. 2021): the class
layer's biases move from the logarithm of the one frequency towards that of the other.

Shapes: C classes without the reject class.
"""

import copy
from collections.abc import Mapping, Sequence

import numpy as np
import torch

from model.character_set import CharacterSet
from model.characters import FloatArray
from model.detector import CharacterDetector

STRENGTH = 0.5  # of the way; 1 assumes that synthesis taught nothing of the classes not seen
ONCE_MORE = 1.0  # occurrences added to each: what was not seen is rare, not impossible


def prior_offsets(
    characters: CharacterSet, seen: Mapping[int, int], expected: Mapping[int, int]
) -> FloatArray:
    """Tell how far the bias of each class moves.

    Args:
        characters: the classes.
        seen: occurrences of code points in the labels that were learnt from.
        expected: occurrences in a large corpus.

    Returns:
        Offsets C, in logits.
    """
    return np.float32(STRENGTH) * (
        _log_shares(characters, expected) - _log_shares(characters, seen)
    )


def _log_shares(characters: CharacterSet, counts: Mapping[int, int]) -> FloatArray:
    often = [counts.get(codepoint, 0) + ONCE_MORE for codepoint in characters.codepoints]
    shares_C: FloatArray = np.array(often, np.float32) / np.float32(sum(often))
    return np.log(shares_C)


@torch.no_grad()
def with_offsets(detector: CharacterDetector, offsets_C: Sequence[float]) -> CharacterDetector:
    """Copy a detector and move its classes' biases; the reject class keeps its own.

    Args:
        detector: one whose class layer is linear: cosines have no bias.
        offsets_C: what `prior_offsets` returned.
    """
    moved = copy.deepcopy(detector)
    bias = moved.class_head.classes.get_parameter("bias")
    bias[:-1] += bias.new_tensor(offsets_C)
    return moved
