"""Sentences of facets and questions, in official and in customer wording, with the same numbers."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from benchmarks import words
from corpora.types import FacetKind

Wording: TypeAlias = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Facts:
    """The numbers that one item states."""

    fee: int
    gigabytes: int
    minutes: int
    months: int
    megabits: int
    number: int
    command: str

    @staticmethod
    def drawn(rng: random.Random) -> Facts:
        """Facts from the generator's own stream."""
        return Facts(
            fee=rng.choice(words.FEES),
            gigabytes=rng.choice(words.GIGABYTES),
            minutes=rng.choice(words.MINUTES),
            months=rng.choice((3, 6, 12, 18, 24, 36)),
            megabits=rng.choice(words.MEGABITS),
            number=rng.randrange(9000),
            command="".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ", k=3)) + str(rng.randrange(100)),
        )


def _price(rng: random.Random, title: str, f: Facts) -> Wording:
    who = rng.choice(words.PEOPLE)
    official = (
        f"{title}月费{f.fee}元，含国内通用流量{f.gigabytes}GB、国内主叫{f.minutes}分钟，适合{who}。"
        f"超出后按实际用量折算，{rng.choice(('首月按天收取', '首月全额收取', '首月折半收取'))}。"
    )
    return (
        official,
        f"每月{f.fee}元，有{f.gigabytes}GB流量和{f.minutes}分钟通话，{who}用正合适。",
        (),
    )


def _open(rng: random.Random, title: str, f: Facts) -> Wording:
    where, other = rng.sample(words.CHANNELS, 2)
    official = (
        f"办理{title}可通过{where}或{other}，须核验{rng.choice(words.PAPERS)}；"
        f"也可发送KT{f.command}到10086，回复Y确认，合约{f.months}个月。"
    )
    steps = (f"编辑KT{f.command}发到10086", "看确认短信，回复Y", "等成功短信")
    return official, f"发KT{f.command}到10086就能办，也可以在{where}办，合约{f.months}个月。", steps


def _cancel(rng: random.Random, title: str, f: Facts) -> Wording:
    when = rng.choice(("次月1日生效", "当日生效", "账期结束后生效"))
    official = (
        f"取消{title}：发送TD{f.command}到10086，{when}；合约期{f.months}个月内提前取消的，"
        f"按协议收取违约金，当月仍按{f.fee}元收取，{rng.choice(words.CHANNELS)}同样可以退订。"
    )
    return (
        official,
        f"发TD{f.command}到10086就能退，{when}，当月还收{f.fee}元。",
        (f"发TD{f.command}", "回复Y确认"),
    )


def _effective(rng: random.Random, title: str, f: Facts) -> Wording:
    when = rng.choice(("次月1日", "办理成功后24小时内", "激活当日", "安装完成当天"))
    official = f"{title}{when}生效，有效期{f.months}个月，到期{rng.choice(('自动续订', '自动取消', '恢复原价'))}，期间可变更一次。"
    return official, f"{when}就生效，能用{f.months}个月，到期前我们会发短信提醒您。", ()


def _rules(rng: random.Random, title: str, f: Facts) -> Wording:
    official = (
        f"{title}内{f.gigabytes}GB流量限中国内地使用，不含港澳台和国际漫游，"
        f"{rng.choice(('当月有效不结转', '可结转到次月', '先扣定向再扣通用'))}；用满{f.gigabytes}GB后达量限速，"
        f"副卡{rng.choice(('可以共享', '不能共享'))}。"
    )
    return (
        official,
        f"{f.gigabytes}GB在内地都能用，用满{f.gigabytes}GB网速会变慢，出国要另外订漫游包。",
        (),
    )


def _overview(rng: random.Random, title: str, f: Facts) -> Wording:
    official = (
        f"{title}面向{rng.choice(words.PEOPLE)}，预存{f.fee * 10}元，分{f.months}个月返还，"
        f"可同时享受{f.megabits}兆宽带，名额{f.number + 100}个，先到先得。"
    )
    return official, f"预存{f.fee * 10}元，分{f.months}个月返给您，还有{f.megabits}兆宽带。", ()


def _eligibility(rng: random.Random, title: str, f: Facts) -> Wording:
    official = (
        f"参加{title}须实名登记满{f.months}个月、无欠费停机、主套餐月费不低于{f.fee}元；"
        f"与{rng.choice(words.SERIES)}系列活动互斥，每个身份证限办一次。"
    )
    return official, f"实名满{f.months}个月、没有欠费、套餐在{f.fee}元以上就能参加。", ()


def _warning(rng: random.Random, title: str, f: Facts) -> Wording:
    official = (
        f"{title}：办理前须告知客户合约{f.months}个月、每月{f.fee}元，提前取消收取违约金，"
        f"{rng.choice(('到期恢复原价', '到期自动续订', '不能与副卡共享'))}，并留存确认记录。"
    )
    return official, f"跟您说明一下，合约{f.months}个月，每月{f.fee}元，提前取消要付违约金。", ()


def _parameters(rng: random.Random, title: str, f: Facts) -> Wording:
    battery, pixels = rng.choice((3000, 4000, 4500, 5000)), rng.choice((48, 50, 64, 108))
    memory = rng.choice((6, 8, 12, 16))
    official = (
        f"{title}：电池{battery}毫安，主摄{pixels}00万像素，运行内存{memory}GB，"
        f"{rng.choice(('支持双卡双待', '支持NFC', '支持无线充电', '支持老人模式'))}，质保{f.months}个月。"
    )
    return (
        official,
        f"电池{battery}毫安，拍照{pixels}00万像素，内存{memory}GB，保修{f.months}个月。",
        (),
    )


def _fault(rng: random.Random, title: str, f: Facts) -> Wording:
    first, second = rng.sample(words.FAULTS, 2)
    official = (
        f"{title}：出现{first}或{second}时，先重启设备，检查{rng.choice(('接入点', '飞行模式', '欠费状态', '网络制式'))}，"
        f"仍未恢复的记录号码和地点，{f.months}小时内派单处理，工单类别{f.number}。"
    )
    return (
        official,
        f"先把设备重启一下，看看是不是{first}；还不行我给您报修，{f.months}小时内有人联系您。",
        ("重启设备", "换个地方再试"),
    )


def _check(rng: random.Random, title: str, f: Facts) -> Wording:
    where = rng.choice(words.CHANNELS)
    official = f"{title}在{rng.choice(words.SYSTEMS)}菜单查询，保留最近{f.months}个月记录，客户可通过{where}或发送CX{f.number}到10086自行查询。"
    return (
        official,
        f"您在{where}里就能查，能看最近{f.months}个月，也可以发CX{f.number}到10086。",
        (),
    )


def _handling(rng: random.Random, title: str, f: Facts) -> Wording:
    official = (
        f"{title}：先致歉并核实{rng.choice(('订购时间', '渠道', '确认短信', '通话录音'))}，{f.months}小时内回复；"
        f"确属误办的当场退订并退还{f.fee}元，升级到{rng.choice(words.DEPARTMENTS)}。"
    )
    return (
        official,
        f"给您添麻烦了，我先核实，{f.months}小时内回复您；确实办错的退还{f.fee}元。",
        (),
    )


def _situation(rng: random.Random, title: str, f: Facts) -> Wording:
    official = (
        f"{title}：{rng.choice(words.PEOPLE)}反映{rng.choice(words.FAULTS)}，称{f.months}个月前在{rng.choice(words.CHANNELS)}"
        f"被开通{f.fee}元业务，要求退费并道歉，情绪激动。"
    )
    return official, f"有客户反映{f.months}个月前被开通了{f.fee}元的业务，想退掉。", ()


def _lesson(rng: random.Random, title: str, f: Facts) -> Wording:
    official = f"{title}启示：办理时逐项说明{f.fee}元资费与{f.months}个月合约，{rng.choice(('复述确认', '发送确认短信', '保留录音', '不代客户操作'))}，可避免同类争议。"
    return official, f"办理时会跟您说清{f.fee}元和{f.months}个月合约，请您确认后再办。", ()


def _operation(rng: random.Random, title: str, f: Facts) -> Wording:
    official = f"{title}操作：进入{rng.choice(words.SYSTEMS)}，输入代码{f.command}，选择{f.fee}元档，核对{f.months}个月合约后提交，打印受理单。"
    return official, "", ()


FACETS: Final[dict[FacetKind, Callable[[random.Random, str, Facts], Wording]]] = {
    FacetKind.PRICE: _price,
    FacetKind.OPEN: _open,
    FacetKind.CANCEL: _cancel,
    FacetKind.EFFECTIVE: _effective,
    FacetKind.RULES: _rules,
    FacetKind.OVERVIEW: _overview,
    FacetKind.ELIGIBILITY: _eligibility,
    FacetKind.WARNING: _warning,
    FacetKind.PARAMETERS: _parameters,
    FacetKind.FAULT: _fault,
    FacetKind.CHECK: _check,
    FacetKind.HANDLING: _handling,
    FacetKind.SITUATION: _situation,
    FacetKind.LESSON: _lesson,
    FacetKind.OPERATION: _operation,
}

_ASKED: Final = (
    "{t}怎么退订",
    "{t}多少钱一个月",
    "我想办{t}，在哪里办",
    "{t}什么时候生效",
    "请问{t}有什么条件",
    "{t}流量用超了怎么收费",
    "不想用{t}了怎么退掉",
    "{t}能不能给家里人代办",
    "{t}和{g}GB的那个有什么区别",
    "{t}到期以后怎么办",
    "发什么短信可以取消{t}",
    "{t}含多少分钟通话",
    "客户说{t}{u}怎么处理",
    "老客户能改成{t}吗",
    "{w}可以办{t}吗",
)


def questions_for(rng: random.Random, title: str, facts: Facts, count: int) -> list[str]:
    """Distinct ways to ask about an item."""
    return [
        pattern.format(
            t=title, g=facts.gigabytes, u=rng.choice(words.FAULTS), w=rng.choice(words.CHANNELS)
        )
        for pattern in rng.sample(_ASKED, count)
    ]
