"""A service that goes away while it is measured: nothing is lost, and the figures stay the same."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from eval.errors import RunUnfinished
from eval.faqset import Expectation, FaqSet, Question
from eval.run import run_faqset
from eval.stored import FaqRun, read_run, write_run
from eval.systems.service import ServiceOpener
from retriever.answer import Outcome
from tests.api.serving import (
    PATIENCE,
    environment,
    free_port,
    real_encoder,
    serve_command,
    small_index,
)
from tests.eval.systems.compared import figures
from tests.eval.systems.scripted import QUICK

pytestmark = pytest.mark.real

DAY = dt.date(2026, 3, 1)
STOPPED_AFTER = 9
FAQ_SET = FaqSet(
    "小题集",
    DAY,
    "zh",
    tuple(
        Question(f"q{number}", text, Expectation(Outcome.ANSWERED, (item_id,)))
        for number, (text, item_id) in enumerate(
            (f"{ask}{what}", item_id)
            for ask in ("", "请问", "我想问问", "帮我查一下", "麻烦说说", "客户问")
            for what, item_id in (
                ("日包多少钱", "pack-day5"),
                ("10元1GB流量月包怎么取消", "pack-month10"),
                ("宽带移机怎么办", "broadband"),
                ("流量月包多少钱", "pack-month20"),
            )
        )
    ),
    "f.jsonl",
)


@pytest.fixture(scope="module")
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_index(tmp_path_factory.mktemp("restart") / "index", real_encoder(request))


class Service:
    """``zhiku serve`` on one port, which can be killed and started again."""

    def __init__(self, index: Path) -> None:
        self._index = index
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Starts it and does not wait."""
        with (self._index.parent / "serve.log").open("ab") as log:
            self._process = subprocess.Popen(
                serve_command("--port", str(self._port)),
                env=environment(self._index),
                cwd=self._index.parent,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait(self) -> None:
        """Until it is ready."""
        with httpx.Client(transport=httpx.HTTPTransport(retries=0), trust_env=False) as client:
            for _ in range(int(PATIENCE / 0.1)):
                try:
                    if client.get(f"{self.url}/readyz").status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                assert self._process is not None
                try:
                    self._process.wait(0.1)
                    pytest.fail("the server ended")
                except subprocess.TimeoutExpired:
                    pass
        pytest.fail("the server did not answer")

    def kill(self) -> None:
        """As a crash does it: nothing is said to anyone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@pytest.fixture(scope="module")
def service(index: Path) -> Iterator[Service]:
    """Running, and left running by every test."""
    service = Service(index)
    service.start()
    try:
        service.wait()
        yield service
    finally:
        service.kill()


@pytest.fixture(scope="module")
def undisturbed(service: Service) -> FaqRun:
    """What is measured where nothing happens."""
    return run(service, QUICK)


def run(service: Service, waits: tuple[float, ...], **options: Any) -> FaqRun:
    opener = ServiceOpener(service.url, waits=waits)
    system = opener.open()
    try:
        return run_faqset(FAQ_SET, system, opener=opener, **options)
    finally:
        system.close()


@pytest.mark.parametrize("workers", [1, 3])
def test_a_run_that_lost_its_service_goes_on_and_ends_with_the_same_figures(
    service: Service, undisturbed: FaqRun, tmp_path: Path, workers: int
) -> None:
    def kill(done: int, _: int) -> None:
        if done == STOPPED_AFTER:
            service.kill()

    try:
        with pytest.raises(RunUnfinished, match=service.url) as caught:
            run(service, QUICK, workers=workers, folder=tmp_path, progress=kill)
    finally:
        service.kill()
        service.start()
    missing = set(caught.value.missing)
    assert 0 < len(missing) <= len(FAQ_SET.questions) - STOPPED_AFTER
    assert "用同样的命令可以接着做" in str(caught.value)

    service.wait()
    again = run(service, QUICK, workers=workers, folder=tmp_path)
    write_run(again, tmp_path)

    assert again.setting["resumed"] == len(FAQ_SET.questions) - len(missing)
    assert again.setting["system"] == undisturbed.setting["system"]
    assert figures(again) == figures(undisturbed)
    assert figures(read_run(tmp_path)) == figures(undisturbed)


def test_a_service_that_is_back_soon_is_waited_for(service: Service, undisturbed: FaqRun) -> None:
    def restart(done: int, _: int) -> None:
        if done == STOPPED_AFTER:
            service.kill()
            service.start()

    disturbed = run(service, (0.5,) * 100, progress=restart)

    assert figures(disturbed) == figures(undisturbed)
