"""The few messages of an ONNX file, byte by byte."""

from __future__ import annotations

import numpy as np
import pytest

from indexer.encoders.e5.onnx_file import Graph, Kind, field, varint


@pytest.mark.parametrize(
    ("number", "written"),
    [(0, "00"), (127, "7f"), (128, "8001"), (150, "9601"), (-1, "ff" * 9 + "01")],
)
def test_a_number_is_written_in_as_many_bytes_as_it_needs(number: int, written: str) -> None:
    assert varint(number).hex() == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (150, "10" + "9601"),
        ("卡", "12" + "03e58da1"),
        (b"\x08\x01", "12" + "020801"),
        (1.0, "15" + "0000803f"),
    ],
)
def test_a_field_says_its_number_and_how_it_is_written(
    value: int | float | str | bytes, written: str
) -> None:
    assert field(2, value).hex() == written


def test_a_long_value_is_preceded_by_its_length() -> None:
    assert field(9, b"x" * 300) == b"\x4a\xac\x02" + b"x" * 300


def file_of(values: list[float]) -> bytes:
    graph = Graph("sum")
    graph.constant("more", np.array(values, dtype=np.float32))
    graph.node("Add", ["in", "more"], "out")
    declared = {"in": (Kind.FLOAT, ("texts", 2))}
    return graph.model(
        declared, {"out": (Kind.FLOAT, ("texts", 2))}, ir_version=10, opsets={"": 21}
    )


def test_the_same_graph_has_the_same_bytes_and_another_one_has_others() -> None:
    assert file_of([1.0, 2.0]) == file_of([1.0, 2.0])
    assert file_of([1.0, 2.0]) != file_of([1.0, 2.5])


def test_a_constant_of_another_kind_is_refused() -> None:
    with pytest.raises(KeyError, match="float64"):
        Graph("wide").constant("more", np.zeros(2))
