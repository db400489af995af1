"""Reads full pages: what was found becomes characters with confidences, in reading order.

Shapes: N characters, K alternatives.
"""

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

import numpy as np
import torch

from model.artifact import ReaderArtifact
from model.calibration import Calibration
from model.characters import FloatArray, PageReading
from model.context import Context
from model.detections import Detections
from model.engines import Engine
from model.page import Page
from model.page_finder import Found, PageFinder
from model.page_threads import PageThreads
from model.reading_order import reading_order

ALTERNATIVES = 5


class PageReader:
    """Turns page images into readings.

    What is present enough is reported, however unsure its name. The confidence of a model whose
    card has a calibration is calibrated; of another it is presence times class probability.

    Args:
        artifact: the trained reader.
        engine: what computes its network, and where.
        context: re-ranks what `read` is unsure of, at the scale that was chosen without it.

    Raises:
        ValueError: if the card's calibration is damaged.
    """

    def __init__(
        self,
        artifact: ReaderArtifact,
        engine: Engine,
        context: Context | None = None,
    ) -> None:
        self.characters = artifact.characters
        self.threshold = artifact.threshold
        self.calibration = Calibration.of_card(artifact.card)
        self.context = context
        self.engine = engine
        self.finder = PageFinder(artifact, self.engine)
        self._threads = PageThreads(engine.pages_at_once, engine.threads)
        self._one_group_at_a_time = Lock()

    def read(self, pages: Sequence[Page]) -> list[PageReading]:
        """Read pages, each at the scale that suits its characters' size.

        Several threads may ask for pages: where these are read side by side, the next one's begin
        while the last of the one before are still read.
        """
        if self.engine.pages_at_once > 1:
            return self._threads.map(self._read_alone, pages)
        with self._one_group_at_a_time:
            return self._read_together(pages)

    @torch.inference_mode()
    def _read_together(self, pages: Sequence[Page]) -> list[PageReading]:
        return [self._reading(found, self.context) for found in self.finder.find(pages)]

    def _read_alone(self, page: Page) -> PageReading:
        [reading] = self._read_together([page])
        return reading

    @torch.inference_mode()
    def read_at(self, pages: Sequence[Page], long_side: int) -> list[PageReading]:
        """Read pages at one scale, without context: the longer side becomes ``long_side``."""
        return [self._reading(found, None) for found in self.finder.find_at(pages, long_side)]

    @torch.inference_mode()
    def detect(self, page: Page, long_side: int) -> Detections:
        """Find at one scale also what is too unsure to be reported, with a probability per class.

        Args:
            page: the page.
            long_side: the longer side is reduced to so many pixels.
        """
        [found] = self.finder.find_at([page], long_side)
        return found.detections()

    @torch.inference_mode()
    def detect_as_read(self, page: Page) -> Detections:
        """Find as `read` does; otherwise as `detect`."""
        [found] = self.finder.find([page])
        return found.detections()

    def _reading(self, found: Found, context: Context | None) -> PageReading:
        """Keep what is sure enough, in reading order, and weigh it by what stands around it."""
        if len(found.presence_N) == 0:
            return PageReading.empty(ALTERNATIVES)
        named = found.named_NC
        if self.calibration is not None:
            named = self.calibration.class_probabilities(named)
        best, classes = named.topk(min(ALTERNATIVES, named.shape[1]), dim=1)
        presence_N, best_NK = found.presence_N.cpu().numpy(), best.cpu().numpy()
        scores_N = self._confidence(presence_N, best_NK[:, 0])
        kept_N = presence_N > self.threshold
        order = np.flatnonzero(kept_N)[reading_order(found.boxes_N4.cpu().numpy()[kept_N])]
        reading = PageReading(
            boxes_N4=found.boxes_N4.cpu().numpy()[order],
            scores_N=scores_N[order],
            codepoints_NK=self.characters.codepoints_of(classes.cpu().numpy()[order]),
            probabilities_NK=best_NK[order],
        )
        return self._in_context(reading, presence_N[order], context)

    def _in_context(
        self, reading: PageReading, presence_N: FloatArray, context: Context | None
    ) -> PageReading:
        """Re-rank alternatives; a character's confidence follows its best one's probability."""
        if context is None:
            return reading
        reranked = context.rerank(reading)
        scores_N = self._confidence(presence_N, reranked.probabilities_NK[:, 0])
        return replace(reranked, scores_N=scores_N)

    def _confidence(self, presence_N: FloatArray, best_N: FloatArray) -> FloatArray:
        if self.calibration is None:
            return presence_N * best_N
        return self.calibration.confidence(presence_N, best_N)
