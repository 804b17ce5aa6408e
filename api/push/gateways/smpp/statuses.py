"""What the statuses of a message centre mean for a message."""

from __future__ import annotations

from typing import Final

from api.push.gateways.protocol import Outcome, Sent

OK: Final = 0
TEMPORARY: Final = 0x64
"""ESME_RX_T_APPN, ours: hand it over again later."""
PERMANENT: Final = 0x65
"""ESME_RX_P_APPN, ours: do not hand it over again."""
BUSY: Final = frozenset({0x14, 0x58})
"""A full queue and a rate that is too high: the same unit goes through a little later."""
LOST_SESSION: Final = frozenset({0x02, 0x03, 0x04, 0x0D, 0x0E, 0x0F})
"""The session is not what it should be: only a new one helps."""
_NOT_SENT: Final = {
    0x02: "网关认为数据包长度不对",
    0x03: "网关不认识提交命令，请核对账号是否允许发送",
    0x04: "网关认为连接没有登录为可发送",
    0x08: "网关内部出错",
    0x0D: "登录失败",
    0x0E: "密码错误",
    0x0F: "账号错误",
    0x14: "网关队列已满",
    0x58: "网关限流",
    0x64: "网关暂时不能受理",
}
_REFUSED: Final = {
    0x01: "消息太长",
    0x0A: "发送号码（接入号）不对",
    0x0B: "接收号码不对",
    0x45: "网关提交失败",
    0x48: "发送号码类型（source_ton）不对",
    0x49: "发送号码方案（source_npi）不对",
    0x50: "接收号码类型（dest_ton）不对",
    0x51: "接收号码方案（dest_npi）不对",
    0x53: "系统类型（system_type）不对",
    0x65: "网关永久拒绝",
}
_BIND: Final = {
    0x04: "网关认为连接状态不对",
    0x05: "账号已经登录，网关不允许再登录",
    0x0D: "登录被网关拒绝，请核对账号是否允许收发（transceiver）",
    0x0E: "密码错误，请核对网关密码",
    0x0F: "账号错误，请核对网关账号",
    0x53: "系统类型（system_type）不对，请核对网关地址",
}


def problem(status: int) -> str:
    """A short code.

    >>> problem(0x58)
    'smpp:0x00000058'
    """
    return f"smpp:0x{status:08x}"


def bind_reason(status: int) -> str:
    """Why a message centre lets nobody in, in Chinese."""
    return _BIND.get(status, f"登录被网关拒绝（0x{status:08x}）")


def outcome_of(status: int) -> Sent:
    """What a refusal of submit_sm means. An answer with an error is one that took nothing.

    Statuses that the standard does not know, and vendors' own, are refusals.
    """
    if status in _NOT_SENT:
        return Sent(Outcome.NOT_SENT, (), problem(status), _NOT_SENT[status])
    reason = _REFUSED.get(status, "网关拒绝了这条消息")
    return Sent(Outcome.REFUSED, (), problem(status), f"{reason}（0x{status:08x}）")
