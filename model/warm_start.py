"""Begins a training with another reader's weights."""

import torch

from model.artifact import ReaderArtifact
from model.character_set import CharacterSet
from model.class_prior import with_offsets
from model.detector import CharacterDetector


@torch.no_grad()
def copy_weights(
    artifact: ReaderArtifact, detector: CharacterDetector, characters: CharacterSet
) -> None:
    """Copy the weights of a reader into a new one, class by class where the class lists differ.

    Classes that the other reader lacks keep their random weights. What its class prior added to the
    biases is taken back: the training adds its own at the end, and twice would be too much.

    Args:
        artifact: the reader to begin with.
        detector: the new one, in place.
        characters: classes of the new one.

    Raises:
        ValueError: if the architectures differ.
    """
    theirs, ours = artifact.detector.configuration, detector.configuration
    if theirs != ours:
        raise ValueError(
            f"a training can begin with a reader of its own architecture only, got {theirs}, "
            f"expected {ours}"
        )
    numbers = artifact.characters.classes_of(characters.codepoints)
    rows = torch.tensor([*numbers.tolist(), artifact.characters.reject_class])
    known = rows >= 0
    learnt = artifact.detector
    if artifact.offsets:
        learnt = with_offsets(learnt, [-offset for offset in artifact.offsets])
    weights = learnt.state_dict()
    for name, tensor in detector.state_dict().items():
        source = weights[name]
        if name.startswith("class_head.classes.") and source.ndim:
            tensor[known] = source[rows[known]]
        else:
            tensor.copy_(source)
