"""``kuzushiji presets``."""

from flows.commands.terminal import print_table


def presets() -> None:
    """List the presets: backbone, parameters, operations for a page, how they are trained."""
    from model.cost import PAGE_SIDE, detector_cost
    from model.presets import PRESETS

    rows = [
        ("preset", "backbone", "parameters", f"GMAC at {PAGE_SIDE} px", "training"),
    ]
    for name, preset in PRESETS.items():
        detector, training = preset().detector, preset().training
        cost = detector_cost(detector)
        rows.append(
            (
                name,
                detector.backbone,
                f"{cost.parameters / 1e6:.1f} M",
                f"{cost.operations / 1e9:.0f}",
                f"{training.steps:,} steps of {training.batch_size} crops",
            )
        )
    print_table("Presets", rows)
