"""The sheets of a knowledge table and their columns: the only place with the Chinese headings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from corpora.sheets import words
from corpora.sheets.words import Words
from corpora.types import FacetKind


class Form(StrEnum):
    """How the cells of a column are read and shown."""

    TEXT = "text"  # a text for people, cleaned
    LINES = "lines"  # texts for people, one a line
    NAMES = "names"  # short texts for people, in a list
    CODE = "code"  # as it is written, never cleaned
    CODES = "codes"
    CHOICE = "choice"
    YES_NO = "yes_no"
    DATE = "date"
    WHOLE = "whole"
    AMOUNT = "amount"
    ALLOWANCES = "allowances"  # 通用10GB结转, one a line


@dataclass(frozen=True, slots=True)
class Column:
    """A column: heading, the field that it fills, how it is read, and what the help says of it."""

    heading: str
    field: str
    form: Form
    about: str
    example: str = ""
    others: tuple[str, ...] = ()
    choices: Words | None = None
    width: int = 14
    needed: bool = False
    offered: bool = True
    """Whether the template has the column; what it lacks is recognised all the same."""


@dataclass(frozen=True, slots=True)
class SheetKind:
    """A sheet: its name, what a row of it is, its columns; ``key`` names the item of a row."""

    name: str
    about: str
    columns: tuple[Column, ...]
    others: tuple[str, ...] = ()

    @property
    def key(self) -> Column:
        """The column with the id of the item."""
        return self.columns[0]


OFFICIAL: Final = "official"
CUSTOMER: Final = "customer"
STEPS: Final = "steps"
QUESTIONS: Final = "questions"
BOTH: Final = "both"

HELP: Final = "填写说明"
EXAMPLE_MARK: Final = "示例"
"""Rows whose id begins so are examples and are not imported."""

T, L, N, C, CS = Form.TEXT, Form.LINES, Form.NAMES, Form.CODE, Form.CODES


def _facet_columns() -> tuple[Column, ...]:
    """For items that need one row only: a facet a column; 简介(客户口径) tells the wordings apart."""
    return tuple(
        Column(
            f"{kind.label}{tail}",
            f"facet:{kind.value}:{part}",
            form,
            about.format(kind.label),
            width=36,
            offered=kind in _MAIN_FACETS and part in (CUSTOMER, OFFICIAL),
        )
        for kind in sorted(FacetKind, key=lambda kind: kind not in _MAIN_FACETS)
        for part, tail, form, about in _FACET_PARTS
    )


_MAIN_FACETS: Final = (FacetKind.OVERVIEW, FacetKind.PRICE, FacetKind.OPEN, FacetKind.CANCEL)
_FACET_PARTS: Final = (
    (CUSTOMER, "(客户口径)", T, "{}：可以直接念给客户听的话，先说结论，120字以内"),
    (OFFICIAL, "(官方口径)", T, "{}：完整的业务口径；不填时与客户口径相同，只填这一栏的只给坐席看"),
    (BOTH, "", T, "{}：官方口径和客户口径相同时，只用这一列"),
    (STEPS, "(步骤)", L, "{}：步骤，一行一步"),
    (QUESTIONS, "(问法)", L, "{}：只问这一面的问法，一行一个"),
)

ITEM_COLUMNS: Final = (
    Column("编号", "id", C, "条目的编号，小写字母、数字和. _ -；可不填，按标题自动生成", "biz-demo", ("条目编号", "id", "ID"), width=16),
    Column("标题", "title", T, "条目的名称，一看就知道是什么", "流量月包10元档", ("名称", "条目名称", "知识标题", "业务名称"), width=26, needed=True),
    Column("子库", "sub_library", Form.CHOICE, "放在哪个子库；不填时由系统建议，把握不足的要求补填", "业务知识库", ("库", "所属子库", "知识库"), words.LIBRARIES),
    Column("相似问法", "similar_questions", L, "客户会怎么问，一行一个，连同口径的问法写3个以上；只问某一面的写在那段口径的问法里", "流量不够用怎么加\n10块的流量包怎么开\n月包用不完下月还有吗", ("问法", "相似问题", "相似问"), width=32),
    Column("别名", "aliases", N, "其他叫法，一行一个或用顿号隔开", "10元月包", ("又名", "简称")),
    Column("BOSS编码", "codes:boss", CS, "在BOSS里的产品编码，文本格式，前面的0要保留", "10010001", ("BOSS代码", "boss编码", "产品编码", "产品代码")),
    Column("营销编码", "codes:marketing", CS, "营销活动编码", "", ("营销代码", "活动编码")),
    Column("其他编码", "codes:", CS, "其他系统的编码，写成“系统:编码”", ""),
    Column("界面", "screens", CS, "受理界面的菜单代码", "CPBG", ("菜单", "界面代码", "受理界面")),
    Column("错误码", "errors", CS, "界面会出现的错误码", ""),
    Column("销售状态", "sale_status", Form.CHOICE, "在售：可以新办；停售存量：不再新办，老客户还在用；已下线", "在售", ("状态", "在售状态"), words.SALE),
    Column("生效日期", "effective_from", Form.DATE, "从哪天起有效（含当天），不填为不限", "2026-01-01", ("生效时间起", "开始日期", "上线日期")),
    Column("失效日期", "effective_to", Form.DATE, "到哪天为止有效（含当天），不填或“长期”为不限", "2026-12-31", ("截止日期", "结束日期", "下线日期")),
    Column("到期后", "at_end", T, "到期以后怎么办", "", ("到期处理",), width=20),
    Column("地区", "region", C, "只在某地有效时填地区名或路径，如云都或yj/yundu", "", ("适用地区", "地市")),
    Column("所属条目", "variant_of", C, "地方版本填它的基础条目的编号，同时要填地区", "", ("基础条目", "variant_of")),
    Column("品牌", "brands", N, "适用品牌", "全球通", ("适用品牌",)),
    Column("适用客户", "suited_to", T, "适合什么样的客户", "流量偶尔不够的客户", ("适用人群", "适用对象"), width=20),
    Column("互斥", "excludes", CS, "不能同时办的条目的编号", "", ("互斥条目", "互斥业务")),
    Column("依赖", "requires", CS, "要先有的条目的编号", "", ("依赖条目", "依赖业务")),
    Column("身份核验", "identity_check", T, "办理时怎样核验身份", "服务密码或短信验证码", ("身份验证", "核验方式"), width=20),
    Column("办理时长", "handling_time", T, "多久办好", "即时", ("办理时限", "时限")),
    Column("责任部门", "owner", T, "内容由哪个部门负责", "市场部", ("部门", "归口部门")),
    Column("公示编号", "filing_number", C, "资费公示编号", "", ("资费公示编号", "备案号"), width=18),
    Column("权重", "weight", Form.WHOLE, "每月大约被问多少次，整数，不填为1", "100", ("月问量", "热度")),
    Column("价目", "price_book", C, "引用价目表里的代号；引用了就不用再填“资费”表", "", ("价目代号", "价目表代号")),
    Column("必须提醒", "must_say", Form.YES_NO, "提醒类条目：办理时是否必须说到", "否", ("必须告知", "必说"), words.YES_NO),
    Column("推送模板", "templates", CS, "可以推送的模板的编号", "", ("模板",)),
    Column("附件", "attachments", CS, "一行一个，写成“名称|类型|地址”", ""),
    Column("标签", "tags", N, "自由标签", "流量", ("标记",)),
    *_facet_columns(),
)  # fmt: skip

_KEY: Final = Column(
    "条目编号", "item", C, "“条目”表里的编号；编号没填的写标题", "biz-demo",
    ("编号", "条目", "条目编号或标题"), width=16, needed=True,
)  # fmt: skip

FACET_COLUMNS: Final = (
    _KEY,
    Column("口径类型", "kind", Form.CHOICE, "这段口径回答什么", "如何办理", ("类型",), words.FACETS, needed=True),
    Column("受众", "audience", Form.CHOICE, "谁能看：客户、坐席、内部人员；不填时有客户口径的给客户，没有的给坐席", "客户", ("可见范围",), words.AUDIENCES),
    Column("官方口径", "official", T, "完整的业务口径；不填时与客户口径相同", "发送KTLLB10到10086开通，当月生效。", ("业务口径", "官方"), width=50),
    Column("客户口径", "customer", T, "可以直接念给客户听的话，先说结论，120字以内；坐席和内部的口径不填", "您发送KTLLB10到10086就能开通。", ("客户话术", "客户"), width=50),
    Column("步骤", "steps", L, "一行一步，每步30字以内", "编辑短信KTLLB10\n发送到10086", ("操作步骤",), width=30),
    Column("问法", "questions", L, "只问这一段的问法，照提问人的原话，一行一个，每个60字以内；给客户的写客户怎么问，给坐席和内部的写员工怎么问，各段不重复", "10块的流量包发什么短信开\n流量月包在哪儿能开", ("口径问法", "这一面的问法"), width=32),
)  # fmt: skip

ACTION_COLUMNS: Final = (
    _KEY,
    Column("动作", "kind", Form.CHOICE, "做什么", "办理", ("办理动作",), words.ACTIONS, needed=True),
    Column("渠道", "channel", Form.CHOICE, "在哪里做", "短信", ("办理渠道", "触点"), words.CHANNELS, needed=True),
    Column("名称", "label", T, "按钮或入口上写的字", "短信开通", ("显示名称",), width=20, needed=True),
    Column("目标", "target", C, "短信写“指令@端口”，其他写入口或号码", "KTLLB10@10086", ("指令", "入口"), width=26, needed=True),
)  # fmt: skip

RELATION_COLUMNS: Final = (
    _KEY,
    Column("关联类型", "kind", Form.CHOICE, "为什么关联", "参见", ("类型", "关系"), words.RELATIONS, needed=True),
    Column("关联条目", "target", C, "另一个条目的编号", "biz-other", ("目标条目", "关联编号"), width=20, needed=True),
)  # fmt: skip

TARIFF_COLUMNS: Final = (
    _KEY,
    Column("月费", "monthly_fee", Form.AMOUNT, "元", "10", ("月租", "月费(元)")),
    Column("一次性费用", "one_time_fee", Form.AMOUNT, "元"),
    Column("日费", "daily_fee", Form.AMOUNT, "元"),
    Column("流量", "data", Form.ALLOWANCES, "按使用的先后，一行一种：通用10GB、定向15GB、闲时5GB，能结转的写“通用10GB结转”", "通用1GB结转", width=20),
    Column("语音分钟", "voice_minutes", Form.WHOLE, "分钟", "", ("通话分钟",)),
    Column("短信条数", "sms_count", Form.WHOLE, "条"),
    Column("带宽", "bandwidth_mbps", Form.WHOLE, "Mbps"),
    Column("首月计费", "first_month", Form.CHOICE, "首月全额、折半或按天", "全额", ("首月",), words.FIRST_MONTHS),
    Column("超出流量单价", "over_data_per_gb", Form.AMOUNT, "元/GB"),
    Column("超出流量封顶", "over_data_cap", Form.AMOUNT, "元"),
    Column("超出语音单价", "over_voice_per_minute", Form.AMOUNT, "元/分钟"),
    Column("超出短信单价", "over_sms", Form.AMOUNT, "元/条"),
    Column("限速门槛", "throttle_gb", Form.AMOUNT, "用到多少GB后限速"),
    Column("限速速率", "throttle_mbps", Form.AMOUNT, "限速到多少Mbps"),
    Column("有效天数", "validity_days", Form.WHOLE, "天"),
    Column("合约月数", "contract_months", Form.WHOLE, "个月"),
    Column("违约金比例", "penalty_rate", Form.AMOUNT, "提前解约按剩余月份费用的多少收，30%写0.3"),
    Column("免费月数", "free_months", Form.WHOLE, "个月"),
    Column("优惠月数", "discount_months", Form.WHOLE, "个月"),
    Column("优惠后月费", "price_after", Form.AMOUNT, "元"),
    Column("预存", "deposit", Form.AMOUNT, "元", "", ("预存款",)),
    Column("赠送", "gift", Form.AMOUNT, "元"),
    Column("每月返还", "return_monthly", Form.AMOUNT, "元"),
    Column("返还月数", "return_months", Form.WHOLE, "个月"),
    Column("共享人数", "share_limit", Form.WHOLE, "可以共享的号码数"),
)  # fmt: skip

DEVICE_COLUMNS: Final = (
    _KEY,
    Column("终端类型", "kind", Form.CHOICE, "和哪类终端比较", "手机", ("类型",), words.DEVICES, needed=True),
    Column("网络", "network", C, "如5G", "5G", ("网络制式",)),
    Column("屏幕英寸", "screen_inches", Form.AMOUNT, "英寸", "6.5"),
    Column("刷新率", "refresh_hz", Form.WHOLE, "Hz"),
    Column("内存", "memory_gb", Form.WHOLE, "GB"),
    Column("存储", "storage_gb", Form.WHOLE, "GB"),
    Column("后摄像素", "rear_megapixels", Form.WHOLE, "百万像素，5000万写50"),
    Column("前摄像素", "front_megapixels", Form.WHOLE, "百万像素，1600万写16"),
    Column("电池", "battery_mah", Form.WHOLE, "mAh"),
    Column("有线充电", "wired_watts", Form.WHOLE, "W"),
    Column("无线充电", "wireless_watts", Form.WHOLE, "W"),
    Column("卡槽数", "sim_slots", Form.WHOLE, "个"),
    Column("双卡5G", "dual_5g", Form.YES_NO, "是或否，不清楚不填", "", (), words.YES_NO),
    Column("eSIM", "esim", Form.YES_NO, "是或否，不清楚不填", "", (), words.YES_NO),
    Column("NFC", "nfc", Form.YES_NO, "是或否，不清楚不填", "", (), words.YES_NO),
    Column("防水等级", "water_rating", C, "如IP68"),
    Column("Wi-Fi", "wifi", C, "如Wi-Fi 6", "", ("WIFI",)),
    Column("网口数", "lan_ports", Form.WHOLE, "个"),
    Column("重量", "weight_grams", Form.WHOLE, "克"),
)  # fmt: skip

ITEMS: Final = SheetKind(
    "条目", "一行一个条目；小条目只填这一张表就够了", ITEM_COLUMNS, ("知识条目", "知识")
)
FACETS: Final = SheetKind("口径", "一行一段口径；一个条目可以有多行", FACET_COLUMNS, ("口径表",))
ACTIONS: Final = SheetKind("办理", "一行一种办理方式", ACTION_COLUMNS, ("办理方式",))
RELATIONS: Final = SheetKind("关联", "一行一个关联", RELATION_COLUMNS, ("关联条目",))
TARIFF: Final = SheetKind(
    "资费", "一行一个条目的资费；填了“价目”的条目不用填，两边都填时以本表为准", TARIFF_COLUMNS
)
DEVICE: Final = SheetKind("终端参数", "一行一个终端的参数", DEVICE_COLUMNS, ("参数",))

CHILDREN: Final = (FACETS, ACTIONS, RELATIONS, TARIFF, DEVICE)
SHEETS: Final = (ITEMS, *CHILDREN)
