"""Detections and transcriptions with errors of known kind, to measure alignments by.

Shapes: N true characters, M simulated detections, T characters of the simulated text.
"""

from dataclasses import dataclass

import numpy as np

from model.alignment.gaps import RealArray
from model.character_set import CharacterSet
from model.characters import FloatArray, IntArray, Labels
from model.detections import Detections
from model.layout import IndexArray

ALTERNATIVES = 5
FIRST_SHARE = (0.3, 0.9)  # probability that the reader gives to its first name
TOP_SHARE = 0.95  # and to its first five
FURIGANA_SIZE = 0.4  # of the character they stand beside


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a simulated reader is.

    Attributes:
        found: share of the characters that are detected.
        accuracy: share of the detected ones that are named right.
        in_five: share of the others that have the right name among the five best.
        spurious: false detections for each true one: half furigana, half strewn over the page.
        jitter: standard deviation of corners and sides, in sides.
    """

    found: float = 0.95
    accuracy: float = 0.5
    in_five: float = 0.4
    spurious: float = 0.15
    jitter: float = 0.06


def simulate_detections(
    truth: Labels, characters: CharacterSet, quality: Quality, rng: np.random.Generator
) -> tuple[Detections, IndexArray]:
    """Detect a page's characters with errors; names are mistaken for others of the page.

    Args:
        truth: N characters of one page, all of them in the class list.
        characters: the reader's classes.
        quality: how many errors.
        rng: source of chance.

    Returns:
        M detections in random order, and the true character of each, -1 for none.
    """
    found_K = np.flatnonzero(rng.random(len(truth)) < quality.found)
    false_F4 = _false_boxes(truth.boxes_N4, rng, quality.spurious)
    boxes_M4 = np.concatenate([truth.boxes_N4[found_K], false_F4])
    truth_M = np.append(found_K, np.full(len(false_F4), -1))
    real_M = truth_M >= 0
    class_N = characters.classes_of(truth.codepoints_N)
    classes = len(characters.codepoints)
    logarithms_MC = np.empty((len(truth_M), classes), np.float32)
    for m, character in enumerate(truth_M.tolist()):
        true = int(class_N[character]) if character >= 0 else -1
        logarithms_MC[m] = _names(true, class_N, classes, quality, rng)
    shuffle_M = rng.permutation(len(truth_M))
    detections = Detections(
        _jittered(boxes_M4, quality.jitter, rng)[shuffle_M],
        np.where(real_M, *_presences(len(truth_M), rng)).astype(np.float32)[shuffle_M],
        logarithms_MC[shuffle_M],
    )
    return detections, truth_M[shuffle_M]


def corrupt_text(
    codepoints_N: IntArray, rate: float, rng: np.random.Generator
) -> tuple[IntArray, IndexArray]:
    """Leave out, replace and insert characters, each at a third of the rate.

    Returns:
        The text's characters T, and the true character behind each; -1 for inserted ones.
    """
    codepoints: list[int] = []
    sources: list[int] = []
    for n, codepoint in enumerate(codepoints_N.tolist()):
        chance = rng.random()
        if chance > rate / 3:  # else left out
            replaced = chance < 2 * rate / 3
            codepoints.append(int(rng.choice(codepoints_N)) if replaced else codepoint)
            sources.append(n)
        if chance > 1 - rate / 3:
            codepoints.append(int(rng.choice(codepoints_N)))
            sources.append(-1)
    return np.array(codepoints, np.int32), np.array(sources, np.int64)


def _jittered(boxes_M4: FloatArray, jitter: float, rng: np.random.Generator) -> FloatArray:
    sides_M2 = boxes_M4[:, 2:]
    corners_M2 = boxes_M4[:, :2] + rng.normal(0, jitter, sides_M2.shape) * sides_M2
    scaled_M2 = sides_M2 * np.exp(rng.normal(0, jitter, sides_M2.shape))
    return np.hstack([corners_M2, scaled_M2]).astype(np.float32)


def _presences(count: int, rng: np.random.Generator) -> tuple[RealArray, RealArray]:
    """Of as many characters, and of as many false boxes."""
    return rng.uniform(0.35, 0.98, count), rng.uniform(0.1, 0.7, count)


def _false_boxes(boxes_N4: FloatArray, rng: np.random.Generator, spurious: float) -> FloatArray:
    count = round(len(boxes_N4) * spurious / 2)
    if not count:
        return np.zeros((0, 4), np.float32)
    beside_F4 = boxes_N4[rng.integers(len(boxes_N4), size=count)].copy()
    beside_F4[:, 0] += beside_F4[:, 2] * rng.uniform(1.0, 1.15, count)
    beside_F4[:, 1] += beside_F4[:, 3] * rng.uniform(0, 0.6, count)
    beside_F4[:, 2:] *= FURIGANA_SIZE
    low, high = boxes_N4[:, :2].min(0), (boxes_N4[:, :2] + boxes_N4[:, 2:]).max(0)
    strewn_F2 = rng.uniform(low - 0.05 * (high - low), high, (count, 2))
    sides_F2 = boxes_N4[rng.integers(len(boxes_N4), size=count), 2:]
    centers_F12 = (strewn_F2 + sides_F2 / 2)[:, None]
    inside_FN = (centers_F12 > boxes_N4[:, :2]) & (centers_F12 < boxes_N4[:, :2] + boxes_N4[:, 2:])
    free_F = ~np.any(
        np.all(inside_FN, axis=2), axis=1
    )  # a reader reports hardly two boxes at one place
    strewn_F4 = np.hstack([strewn_F2, sides_F2])[free_F]
    return np.concatenate([beside_F4, strewn_F4]).astype(np.float32)


def _names(
    true: int, class_N: IndexArray, classes: int, quality: Quality, rng: np.random.Generator
) -> FloatArray:
    """Log-probabilities of all classes: the true one (-1: none) first, among five, or nowhere."""
    first = rng.uniform(*FIRST_SHARE)
    others_K = rng.dirichlet(np.ones(ALTERNATIVES - 1)) * (TOP_SHARE - first)
    shares_K = np.sort(np.append(first, others_K))[::-1]
    names_K = rng.choice(class_N, ALTERNATIVES)
    place = 0 if rng.random() < quality.accuracy else int(rng.integers(1, ALTERNATIVES))
    if true >= 0 and (place == 0 or rng.random() < quality.in_five):
        names_K[place] = true
    names_K, place_K = np.unique(names_K, return_index=True)
    probabilities_C = np.full(classes, (1 - TOP_SHARE) / classes)
    probabilities_C[names_K] += shares_K[place_K]
    logarithms_C: FloatArray = np.log(probabilities_C).astype(np.float32)
    return logarithms_C
