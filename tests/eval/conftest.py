"""The deployment that commands are tested on."""

from __future__ import annotations

import pytest

from tests.eval.builders import make_item
from tests.eval.deployed import hold, publish, settings_in
from tests.eval.test_fit import TRADES


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings of a small deployment: a filled store and a published index."""
    settings = settings_in(tmp_path_factory.mktemp("deployment"))
    hold(
        settings,
        [make_item(), *(make_item(f"biz-{n}", title=t) for n, t in enumerate(TRADES[1:], 1))],
    )
    publish(settings)
    return settings
