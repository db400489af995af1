"""Adapts a reader to a collection: align its transcriptions, train on them, align again.

Run it as ``kuzushiji adapt --pages P --transcriptions T --output OUT``; a second call continues
where the first was interrupted.
"""

from typing import Annotated, Any

from prefect import flow
from pydantic import Field

from flows.parameter_descriptions import describe_parameters
from flows.train_detector import train_detector
from tasks.adaptation import AdaptationRound, conclude_adaptation
from tasks.adaptation_pages import split_pages
from tasks.adaptation_start import EXAMINATIONS, AdaptationSettings, begin_adaptation
from tasks.examination import examine_model
from tasks.page_alignment import align_pages, open_transcribed
from tasks.training_material import LabelledSource
from tasks.training_run import ARTIFACT

Location = Annotated[str, Field(min_length=1, description="Folder or s3://bucket/prefix.")]


@flow(name="adapt-collection")
@describe_parameters
def adapt_collection(
    pages: Location,
    output: Location,
    transcriptions: Annotated[
        str | None,
        Field(
            description="Texts: NAME.txt, TSV, ALTO or TEI; none learns from confident readings."
        ),
    ] = None,
    model: Annotated[str, Field(description="The model to begin with.")] = "builtin",
    hold_out: Annotated[
        list[str] | None, Field(description="Globs on the keys of pages to examine on.")
    ] = None,
    fold: Annotated[
        int, Field(ge=0, le=4, description="Which fifth of the books to hold out without globs.")
    ] = 0,
    labels: Annotated[
        list[LabelledSource] | None, Field(description="Pages with boxes to examine on.")
    ] = None,
    untranscribed: Annotated[
        bool, Field(description="Learn from confident readings of pages without a text as well.")
    ] = False,
    rounds: Annotated[int, Field(ge=1, le=20, description="At most so many rounds.")] = 3,
    steps: Annotated[int, Field(ge=1, description="Training steps of a round.")] = 600,
    learning_rate: Annotated[
        float | None,
        Field(gt=0, description="Its peak, in every round; none takes half of the preset's."),
    ] = None,
    synthetic_share: Annotated[
        float, Field(ge=0, le=1, description="Share of synthetic crops, against forgetting.")
    ] = 0.5,
    training: Annotated[
        dict[str, Any] | None,
        Field(description="Further parameters of train-detector: fonts, text, batch_size, ..."),
    ] = None,
    collection: Annotated[
        str | None,
        Field(description="Whose champion the best model becomes if it passes the gate."),
    ] = None,
    device: Annotated[str, Field(description="auto, cpu, cuda or cuda:N.")] = "auto",
) -> dict[str, Any]:
    """Go through rounds of alignment and training for as long as held-out pages are read better.

    Returns:
        The figures of the rounds, the location of the best model, and the gate's verdict on it.
    """
    split = split_pages(
        open_transcribed(pages, transcriptions, untranscribed=untranscribed or not transcriptions),
        labels or [],
        hold_out=hold_out or [],
        fold=fold,
    )
    settings = AdaptationSettings(
        model=model,
        transcriptions=transcriptions,
        untranscribed=untranscribed,
        steps=steps,
        learning_rate=learning_rate,
        synthetic_share=synthetic_share,
        training=training or {},
    )
    start = begin_adaptation(output, split, settings, collection)
    examined_on: tuple[Any, ...] = (split.held_out, split.labelled, f"{output}/{EXAMINATIONS}")
    best, examined = start.model, examine_model(start.model, *examined_on, device=device)
    history = [AdaptationRound(0, best, {}, examined)]
    for number in range(1, rounds + 1):
        place = f"{output}/round-{number}"
        aligned = align_pages(split.training, best, f"{place}/labels", device=device)
        train_detector(
            output=f"{place}/training",
            sources=[LabelledSource("aligned", f"{place}/labels")],
            fold=None,
            start=best,
            preset=start.preset,
            steps=steps,
            learning_rate=start.learning_rate,
            synthetic_share=synthetic_share,
            seed=number,
            device=device,
            **training or {},
        )
        candidate = f"{place}/training/{ARTIFACT}"
        examined = examine_model(candidate, *examined_on, device=device)
        history.append(AdaptationRound(number, candidate, aligned, examined))
        if examined.figures and examined.score <= history[-2].examination.score:
            break
        best = candidate
    outcome: dict[str, Any] = conclude_adaptation(output, history, collection)
    return outcome
