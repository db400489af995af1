"""Batches that are packed come back as they were."""

from hypothesis import given
from hypothesis import strategies as st

from tasks.packed_batches import PackedBatches
from tasks.scans import Scan

scans = st.builds(Scan, key=st.text(), size=st.integers(0, 2**63), etag=st.text())
batches = st.lists(st.lists(scans, max_size=4).map(tuple), max_size=5)


@given(batches)
def test_batches_come_back_in_order_and_one_by_one(batches: list[tuple[Scan, ...]]) -> None:
    packed = PackedBatches.of(batches)

    assert list(packed) == [packed[number] for number in range(len(packed))] == batches
    assert list(packed.scans()) == [scan for batch in batches for scan in batch]
    assert packed.pages == sum(map(len, batches))


@given(batches, st.integers(-6, 6), st.integers(-6, 6))
def test_a_slice_is_packed_too(batches: list[tuple[Scan, ...]], start: int, stop: int) -> None:
    packed = PackedBatches.of(batches)[start:stop]

    assert packed == PackedBatches.of(batches[start:stop])
