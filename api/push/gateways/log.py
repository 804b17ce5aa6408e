"""The spool: each message becomes a file, for deployments without a gateway and for trials."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp
from typing import Final
from urllib.parse import quote

import orjson

from api.push.gateways.payload import payload_of
from api.push.gateways.protocol import LONGEST_GATEWAY, Fate, GatewayError, Outcome, Outgoing, Sent

DONE: Final = "done"
"""Sub-folder to which whoever sends messages on moves their files; those are not written again."""
_REASONS: Final = {
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "超出磁盘配额",
    errno.EACCES: "没有写权限",
    errno.EPERM: "没有写权限",
    errno.EROFS: "磁盘只读",
    errno.ENAMETOOLONG: "消息编号太长",
    errno.ENOTDIR: "路径上有一个不是文件夹",
    errno.EEXIST: "路径上有一个不是文件夹",
}


class LogGateway:
    """Writes messages into a folder, whole or not at all; the same id makes one file.

    The files hold full numbers and texts, so only their owner may read them.
    """

    idempotent = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = f"log:{folder}"[:LONGEST_GATEWAY]
        try:
            _made(folder)
        except OSError as error:
            raise GatewayError(
                f"短信落盘文件夹 {folder} 不能建立：{_reason(error)}。正确的写法：log:文件夹"
            ) from None

    def send(self, message: Outgoing) -> Sent:
        """Accepted once the file would survive a loss of power."""
        content = orjson.dumps(payload_of(message), option=orjson.OPT_INDENT_2)
        target = self._file(message.id)
        try:
            if self._is_there(message.id):
                return Sent(Outcome.ACCEPTED)
            _made(self._folder)
            _placed(content, target)
        except OSError as error:
            return Sent(Outcome.NOT_SENT, (), _problem(error), f"没有落盘：{_reason(error)}")
        try:
            _synced(self._folder)
        except OSError as error:
            detail = f"已落盘，但断电后可能丢失：{_reason(error)}"
            return Sent(Outcome.UNCERTAIN, (), _problem(error), detail)
        return Sent(Outcome.ACCEPTED)

    def query(self, message: Outgoing, gateway_ids: tuple[str, ...]) -> Fate | None:
        """Whether the file is there: what became of the message after that nobody knows."""
        try:
            return Fate.ON_ITS_WAY if self._is_there(message.id) else Fate.UNKNOWN
        except OSError:
            return None

    def close(self) -> None:
        """Nothing is open."""

    def _file(self, message_id: str) -> Path:
        return self._folder / f"{quote(message_id, safe='')}.json"

    def _is_there(self, message_id: str) -> bool:
        target = self._file(message_id)
        return _exists(target) or _exists(self._folder / DONE / target.name)


def _made(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _placed(content: bytes, target: Path) -> None:
    """A reader sees the whole file or none, also after a loss of power."""
    handle, name = mkstemp(prefix=".", suffix=".part", dir=target.parent)  # readable by its owner
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(target)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise


def _synced(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exists(path: Path) -> bool:
    # not Path.exists(): that takes a folder that cannot be read for one without the file
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True


def _problem(error: OSError) -> str:
    return f"log:{errno.errorcode.get(error.errno or 0, 'EIO')}"


def _reason(error: OSError) -> str:
    return _REASONS.get(error.errno or 0, errno.errorcode.get(error.errno or 0, "无法写入"))
