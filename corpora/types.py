"""The domain types of a knowledge base: what an item is, before anything is indexed.

Every type is frozen and checks itself at construction, so nothing behind this module re-checks.
A violated rule raises ``FieldError``, which names the field; loaders add the file and the line.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

ITEM_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
_REGION: Final = re.compile(r"[a-z0-9]+(/[a-z0-9-]+){0,2}")
_SMS_TARGET: Final = re.compile(r"[A-Z0-9#]+@\d{4,12}")
_BOSS_CODE: Final = re.compile(r"[A-Za-z0-9_-]{2,32}")

FACET_CUSTOMER_LIMIT: Final = 120
"""Characters of one customer wording, steps not counted (wording rules for customer text)."""


class CorporaError(Exception):
    """Base of everything that this package raises.

    - CorporaError
      - FieldError        one field of one value is unusable
      - LoadError         a source file has problems (all of them, with file and line)
      - StoreError        the store cannot do what was asked
        - UnknownItem     no such item
    """


class FieldError(CorporaError, ValueError):
    """A field that breaks a rule of its type; ``field`` names it, ``problem`` says what is wrong."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class SubLibrary(StrEnum):
    """The six sub-libraries (子库)."""

    BUSINESS = "business"
    MARKETING = "marketing"
    TIPS = "tips"
    TERMINALS = "terminals"
    TECHNICAL = "technical"
    CASES = "cases"

    @property
    def label(self) -> str:
        """The Chinese name on screen."""
        return _LIBRARY_LABELS[self]


_LIBRARY_LABELS: Final = {
    SubLibrary.BUSINESS: "业务知识库",
    SubLibrary.MARKETING: "营销信息库",
    SubLibrary.TIPS: "提示信息库",
    SubLibrary.TERMINALS: "终端知识库",
    SubLibrary.TECHNICAL: "技术知识库",
    SubLibrary.CASES: "案例信息库",
}


class Audience(StrEnum):
    """Who may read a facet. A reader sees the own level and those before it."""

    CUSTOMER = "customer"
    AGENT = "agent"
    INTERNAL = "internal"

    @property
    def level(self) -> int:
        """0 customer, 1 agent, 2 internal."""
        return _AUDIENCE_LEVELS[self]

    def may_read(self, facet_audience: Audience) -> bool:
        """Whether a reader of this audience sees a facet of ``facet_audience``."""
        return facet_audience.level <= self.level


_AUDIENCE_LEVELS: Final = {Audience.CUSTOMER: 0, Audience.AGENT: 1, Audience.INTERNAL: 2}


class SaleStatus(StrEnum):
    """Whether a product can be had, apart from whether its knowledge is valid."""

    ON_SALE = "on_sale"
    GRANDFATHERED = "grandfathered"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The Chinese name on screen."""
        return _SALE_LABELS[self]


_SALE_LABELS: Final = {
    SaleStatus.ON_SALE: "在售",
    SaleStatus.GRANDFATHERED: "停售存量",
    SaleStatus.WITHDRAWN: "已下线",
}


class FacetKind(StrEnum):
    """What one facet of an item answers."""

    OVERVIEW = "overview"
    PRICE = "price"
    ELIGIBILITY = "eligibility"
    OPEN = "open"
    CANCEL = "cancel"
    CHANGE = "change"
    CHECK = "check"
    EFFECTIVE = "effective"
    PAPERS = "papers"
    PROXY = "proxy"
    RULES = "rules"
    COMPARE = "compare"
    FAULT = "fault"
    OPERATION = "operation"
    PARAMETERS = "parameters"
    SELLING_POINTS = "selling_points"
    SCRIPT = "script"
    FAQ = "faq"
    WARNING = "warning"
    SITUATION = "situation"
    HANDLING = "handling"
    LESSON = "lesson"

    @property
    def label(self) -> str:
        """The Chinese name on screen."""
        return _FACET_LABELS[self]


_FACET_LABELS: Final = {
    FacetKind.OVERVIEW: "简介",
    FacetKind.PRICE: "资费",
    FacetKind.ELIGIBILITY: "办理条件",
    FacetKind.OPEN: "如何办理",
    FacetKind.CANCEL: "如何取消",
    FacetKind.CHANGE: "如何变更",
    FacetKind.CHECK: "如何查询",
    FacetKind.EFFECTIVE: "生效时间",
    FacetKind.PAPERS: "所需证件",
    FacetKind.PROXY: "代办",
    FacetKind.RULES: "使用规则",
    FacetKind.COMPARE: "对比",
    FacetKind.FAULT: "故障处理",
    FacetKind.OPERATION: "操作说明",
    FacetKind.PARAMETERS: "参数",
    FacetKind.SELLING_POINTS: "卖点",
    FacetKind.SCRIPT: "话术",
    FacetKind.FAQ: "常见问题",
    FacetKind.WARNING: "提醒",
    FacetKind.SITUATION: "情形",
    FacetKind.HANDLING: "处理",
    FacetKind.LESSON: "启示",
}


class RelationKind(StrEnum):
    """Why one item points to another."""

    TIP = "tip"
    BUSINESS = "business"
    CAMPAIGN = "campaign"
    DEVICE = "device"
    OPERATION = "operation"
    CASE = "case"
    SIBLING = "sibling"
    COMBINES = "combines"
    SEE_ALSO = "see_also"


class ActionKind(StrEnum):
    """What a touch-point lets one do."""

    OPEN = "open"
    CANCEL = "cancel"
    CHANGE = "change"
    CHECK = "check"
    REPORT = "report"


class Channel(StrEnum):
    """Touch-points (触点) at which something is handled."""

    HALL = "hall"
    HOTLINE = "hotline"
    APP = "app"
    SMS = "sms"
    BOSS = "boss"


class DataKind(StrEnum):
    """Kinds of mobile data; the order of use is the order in ``Tariff.data``."""

    GENERAL = "general"
    DIRECTED = "directed"
    OFF_PEAK = "off_peak"


class FirstMonth(StrEnum):
    """How the first month is charged: 全额, 折半, 按天."""

    FULL = "full"
    HALF = "half"
    DAILY = "daily"


class DeviceKind(StrEnum):
    """Which devices are compared with each other."""

    PHONE = "phone"
    FEATURE_PHONE = "feature_phone"
    TABLET = "tablet"
    WATCH = "watch"
    ROUTER = "router"
    ONT = "ont"
    SET_TOP_BOX = "set_top_box"
    CAMERA = "camera"

    @property
    def label(self) -> str:
        """The Chinese name on screen."""
        return _DEVICE_LABELS[self]


_DEVICE_LABELS: Final = {
    DeviceKind.PHONE: "手机",
    DeviceKind.FEATURE_PHONE: "功能机",
    DeviceKind.TABLET: "平板",
    DeviceKind.WATCH: "手表",
    DeviceKind.ROUTER: "路由器",
    DeviceKind.ONT: "光猫",
    DeviceKind.SET_TOP_BOX: "机顶盒",
    DeviceKind.CAMERA: "摄像头",
}


@dataclass(frozen=True, slots=True, order=True)
class Region:
    """A place: ``yj`` (province), ``yj/yundu`` (city) or ``yj/yundu/h01`` (hall)."""

    path: str

    def __post_init__(self) -> None:
        if not _REGION.fullmatch(self.path):
            raise FieldError(
                "region", f"{self.path!r} is not a path like yj, yj/yundu or yj/yundu/h01"
            )

    @property
    def depth(self) -> int:
        """1 province, 2 city, 3 hall."""
        return self.path.count("/") + 1

    @property
    def lineage(self) -> tuple[str, ...]:
        """The paths whose knowledge holds here, widest first.

        >>> Region("yj/yundu/h01").lineage
        ('yj', 'yj/yundu', 'yj/yundu/h01')
        """
        parts = self.path.split("/")
        return tuple("/".join(parts[: n + 1]) for n in range(len(parts)))


@dataclass(frozen=True, slots=True)
class Code:
    """An item's code in one system; a string, because leading zeros matter."""

    system: str
    value: str

    def __post_init__(self) -> None:
        if not _BOSS_CODE.fullmatch(self.value):
            raise FieldError("codes", f"{self.value!r} must be 2–32 letters, digits, - or _")


@dataclass(frozen=True, slots=True)
class DataAllowance:
    """Mobile data inside a tariff, in GB."""

    kind: DataKind
    gb: Decimal
    carry_over: bool = False


@dataclass(frozen=True, slots=True)
class Tariff:
    """What a product costs, in yuan, structured so that a machine can compute with it.

    ``penalty_rate`` is the share of the remaining months' fees that an early end costs;
    ``price_after`` is due each month once ``free_months`` or ``discount_months`` are over;
    ``share_limit`` is how many further numbers may share what the tariff includes.
    """

    price_book: str = ""
    monthly_fee: Decimal | None = None
    one_time_fee: Decimal | None = None
    daily_fee: Decimal | None = None
    data: tuple[DataAllowance, ...] = ()
    voice_minutes: int | None = None
    sms_count: int | None = None
    bandwidth_mbps: int | None = None
    first_month: FirstMonth | None = None
    over_data_per_gb: Decimal | None = None
    over_data_cap: Decimal | None = None
    over_voice_per_minute: Decimal | None = None
    throttle_gb: Decimal | None = None
    throttle_mbps: Decimal | None = None
    over_sms: Decimal | None = None
    validity_days: int | None = None
    contract_months: int | None = None
    penalty_rate: Decimal | None = None
    free_months: int | None = None
    discount_months: int | None = None
    price_after: Decimal | None = None
    deposit: Decimal | None = None
    gift: Decimal | None = None
    return_monthly: Decimal | None = None
    return_months: int | None = None
    share_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """What a device can do, in fields that can be compared; absent is not known or not there."""

    kind: DeviceKind
    network: str = ""
    screen_inches: Decimal | None = None
    refresh_hz: int | None = None
    memory_gb: int | None = None
    storage_gb: int | None = None
    rear_megapixels: int | None = None
    front_megapixels: int | None = None
    battery_mah: int | None = None
    wired_watts: int | None = None
    wireless_watts: int | None = None
    sim_slots: int | None = None
    dual_5g: bool | None = None
    esim: bool | None = None
    nfc: bool | None = None
    water_rating: str = ""
    wifi: str = ""
    lan_ports: int | None = None
    weight_grams: int | None = None


@dataclass(frozen=True, slots=True)
class Facet:
    """One answerable side of an item, in official wording and, where it may be told, in customer wording.

    ``questions`` are ways to ask for just this side of the item.
    """

    kind: FacetKind
    official: str
    customer: str = ""
    steps: tuple[str, ...] = ()
    audience: Audience = Audience.CUSTOMER
    questions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.official.strip():
            raise FieldError("facets.official", f"facet {self.kind.value} has no official wording")
        if self.audience is Audience.CUSTOMER and not self.customer.strip():
            raise FieldError(
                "facets.customer",
                f"facet {self.kind.value} is for customers but has no customer wording",
            )
        if self.audience is not Audience.CUSTOMER and self.customer.strip():
            raise FieldError(
                "facets.customer",
                f"facet {self.kind.value} is for {self.audience.value} readers only; "
                "a customer wording would leak it",
            )


@dataclass(frozen=True, slots=True)
class Action:
    """How something is handled at one touch-point; for SMS, ``target`` is ``COMMAND@PORT``."""

    kind: ActionKind
    channel: Channel
    label: str
    target: str

    def __post_init__(self) -> None:
        if not self.target:
            raise FieldError("actions.target", "is empty")
        if self.channel is Channel.SMS and not _SMS_TARGET.fullmatch(self.target):
            raise FieldError(
                "actions.target", f"{self.target!r} is not COMMAND@PORT, for example TDLLB10@10086"
            )


@dataclass(frozen=True, slots=True)
class Relation:
    """A pointer to another item."""

    kind: RelationKind
    target: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture or a form that belongs to an item."""

    name: str
    media_type: str
    uri: str


@dataclass(frozen=True, slots=True)
class KnowledgeItem:
    """One thing that the company knows. Dates are inclusive at both ends; an absent date is open.

    ``errors`` are the error codes that the item's screens show, each explained by an item.
    """

    id: str
    title: str
    sub_library: SubLibrary
    facets: tuple[Facet, ...]
    similar_questions: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()
    screens: tuple[str, ...] = ()
    sale_status: SaleStatus = SaleStatus.ON_SALE
    effective_from: dt.date | None = None
    effective_to: dt.date | None = None
    at_end: str = ""
    region: Region | None = None
    variant_of: str = ""
    brands: tuple[str, ...] = ()
    suited_to: str = ""
    excludes: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    identity_check: str = ""
    handling_time: str = ""
    owner: str = ""
    filing_number: str = ""
    weight: int = 1
    tariff: Tariff | None = None
    device: Device | None = None
    errors: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    relations: tuple[Relation, ...] = ()
    templates: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    must_say: bool = False
    tags: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if not ITEM_ID.fullmatch(self.id):
            raise FieldError(
                "id", f"{self.id!r} must be 1–80 of a-z 0-9 . _ - and start with a letter or digit"
            )
        if not self.title.strip():
            raise FieldError("title", "is empty")
        if not self.facets:
            raise FieldError("facets", "an item needs at least one facet")
        if self.effective_from and self.effective_to and self.effective_to < self.effective_from:
            raise FieldError(
                "effective_to",
                f"{self.effective_to} is before effective_from {self.effective_from}",
            )
        if self.weight < 1:
            raise FieldError("weight", f"{self.weight} is below 1")
        if self.variant_of == self.id:
            raise FieldError("variant_of", "an item cannot be a variant of itself")
        if self.variant_of and self.region is None:
            raise FieldError("variant_of", "a variant needs the region that it holds in")

    @property
    def family(self) -> str:
        """The id under which local variants of one item come together."""
        return self.variant_of or self.id

    def questions(self) -> Iterator[tuple[str, str]]:
        """Every known way to ask for the item, after the path of the field that holds it."""
        for n, question in enumerate(self.similar_questions):
            yield f"similar_questions[{n}]", question
        for n, facet in enumerate(self.facets):
            for m, question in enumerate(facet.questions):
                yield f"facets[{n}].questions[{m}]", question

    def valid_on(self, day: dt.date) -> bool:
        """Whether the item's own dates include ``day``."""
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_to is None or day <= self.effective_to
        )
