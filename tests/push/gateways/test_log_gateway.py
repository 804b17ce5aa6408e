"""The spool: files that are whole, private and written once."""

from __future__ import annotations

import errno
import json
import os
import stat
from base64 import b64decode
from pathlib import Path

import pytest

from api.push.gateways.log import LogGateway
from api.push.gateways.protocol import Fate, GatewayError, Outcome
from corpora.push_template import PushChannel
from tests.push.gateways.builders import NUMBER, make_outgoing


def test_a_file_holds_all_that_sending_on_takes(tmp_path: Path) -> None:
    LogGateway(tmp_path).send(make_outgoing("您好", id="m-1"))
    content = json.loads((tmp_path / "m-1.json").read_text(encoding="utf-8"))
    assert content == {
        "id": "m-1",
        "number": NUMBER,
        "source": "1065800123",
        "channel": "sms",
        "purpose": "notice",
        "text": "您好",
        "pieces": [{"header": "", "body": "60a8597d", "data_coding": 8}],
        "package": "",
    }


def test_a_multimedia_message_comes_with_its_package(tmp_path: Path) -> None:
    message = make_outgoing(channel=PushChannel.MMS, package=b"\0\xffmultipart")
    LogGateway(tmp_path).send(message)
    content = json.loads((tmp_path / "m-1.json").read_text(encoding="utf-8"))
    assert b64decode(content["package"]) == b"\0\xffmultipart"


def test_only_the_owner_may_read_numbers_and_words(tmp_path: Path) -> None:
    LogGateway(tmp_path / "a" / "spool").send(make_outgoing())
    assert stat.S_IMODE((tmp_path / "a" / "spool" / "m-1.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a" / "spool").stat().st_mode) == 0o700


def test_a_message_that_was_sent_on_is_not_written_again(tmp_path: Path) -> None:
    gateway = LogGateway(tmp_path)
    gateway.send(make_outgoing())
    (tmp_path / "done").mkdir()
    (tmp_path / "m-1.json").rename(tmp_path / "done" / "m-1.json")
    assert gateway.send(make_outgoing()).outcome is Outcome.ACCEPTED
    assert not (tmp_path / "m-1.json").exists()
    assert gateway.query(make_outgoing(), ()) is Fate.ON_ITS_WAY


@pytest.mark.parametrize("name", ["../outside", "a/b", "..", "号码", "a\nb", "%2e"])
def test_no_id_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    gateway = LogGateway(tmp_path / "spool")
    for _ in range(2):
        assert gateway.send(make_outgoing(id=name)).outcome is Outcome.ACCEPTED
    assert len(list((tmp_path / "spool").iterdir())) == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "spool"]


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "磁盘已满"), (errno.EACCES, "没有写权限"), (errno.EIO, "EIO")],
)
def test_what_cannot_be_written_is_not_sent_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    gateway = LogGateway(tmp_path)

    def fails(handle: int) -> None:
        raise OSError(code, "made to fail")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fails)
        sent = gateway.send(make_outgoing())
    assert sent.outcome is Outcome.NOT_SENT
    assert words in sent.detail
    assert sent.problem == f"log:{errno.errorcode[code]}"
    assert not list(tmp_path.iterdir())
    assert gateway.query(make_outgoing(), ()) is Fate.UNKNOWN
    assert gateway.send(make_outgoing()).outcome is Outcome.ACCEPTED


def test_a_file_that_a_loss_of_power_may_take_is_uncertain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = LogGateway(tmp_path)
    real = os.fsync

    def fails_for_folders(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EIO, "made to fail")
        real(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fails_for_folders)
        assert gateway.send(make_outgoing()).outcome is Outcome.UNCERTAIN
    assert gateway.send(make_outgoing()).outcome is Outcome.ACCEPTED
    assert len(list(tmp_path.iterdir())) == 1


def test_an_id_that_is_too_long_for_a_file_is_not_sent(tmp_path: Path) -> None:
    sent = LogGateway(tmp_path).send(make_outgoing(id="x" * 400))
    assert sent.outcome is Outcome.NOT_SENT
    assert "太长" in sent.detail


def test_a_folder_that_cannot_be_made_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GatewayError, match=r"不是文件夹.*log:文件夹"):
        LogGateway(tmp_path / "file" / "spool")
