"""The messages of one version: which template holds for whom, filled for sending or as a preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from corpora.push_template import PushChannel, PushTemplate
from corpora.template_life import as_sms, at_home, holds_on, is_approved
from corpora.types import Audience, Device
from corpora.versions import ItemVersion
from retriever.backends.protocol import Searcher
from retriever.compose import templates_of
from retriever.context import Customer
from retriever.errors import NotFound
from retriever.filters import Filter
from retriever.fit import FitSettings, Fitted, Offer, fit
from retriever.push import PushError, PushMessage, PushPreview, PushSettings, preview, render

Previews = tuple[PushMessage | PushPreview, ...]


class Messages:
    """Makes messages from one opened version."""

    def __init__(
        self,
        searcher: Searcher,
        settings: PushSettings,
        load_image: Callable[[str], bytes],
        fit_settings: FitSettings | None = None,
    ) -> None:
        self._searcher = searcher
        self._settings = settings
        self._load_image = load_image
        self.fit_settings = fit_settings or FitSettings()

    def render(
        self,
        template_id: str,
        channel: PushChannel,
        values: Mapping[str, str],
        wanted: Filter,
        item_id: str | None = None,
    ) -> PushMessage:
        """A filled message; values may come from an item that a customer may read.

        Where the region of the filter has a variant of the template, that one is filled; an MMS asked
        for as SMS gives its fallback. What is not approved is rendered and says so.
        """
        template = self.template(template_id, wanted)
        if channel is PushChannel.SMS:
            template = as_sms(template)
        if template.channel is not channel:
            raise NotFound(
                f"推送模板 {template_id} 的渠道是 {template.channel.value}，不是 {channel.value}"
            )
        if not holds_on(template, wanted.as_of):
            raise NotFound(f"推送模板 {template_id} 在 {wanted.as_of} 不生效；请换一个模板")
        held = None if item_id is None else self._pushable(item_id, wanted)
        return render(
            template,
            values,
            item=held.item if held else None,
            item_version=str(held.version) if held else "",
            settings=self._settings,
            load_image=self._load_image,
            template_version=self._searcher.template_versions.get(template.id, 1),
            approved=is_approved(self.template(template_id, wanted), wanted.as_of),
        )

    def template(self, template_id: str, wanted: Filter) -> PushTemplate:
        """The template as it is written for the region of the filter; ``NotFound`` for no such id."""
        templates = self._searcher.templates
        if (named := templates.get(template_id)) is None:
            raise NotFound(f"没有推送模板 {template_id!r}")
        return at_home(named, templates, wanted.region, wanted.as_of)

    def previews(
        self, held: ItemVersion, wanted: Filter, customer: Customer
    ) -> tuple[Previews, Fitted | None]:
        """The messages of an item as they would look; of a known customer only what suits, in order."""
        offers = [
            Offer(template, held.item)
            for template in templates_of(held.item, self._searcher.templates, wanted)
        ]
        if not customer.is_known:
            return self._previewed(held, [offer.template for offer in offers]), None
        fitted = self._fitted(customer, offers, wanted)
        chosen = [
            as_sms(one.template) if one.channel is PushChannel.SMS else one.template
            for one in fitted.fitted
        ]
        return self._previewed(held, chosen), fitted

    def fit(
        self, customer: Customer, offers: Sequence[tuple[str, str | None]], wanted: Filter
    ) -> Fitted:
        """What suits a customer of templates, each by id and with the id of its item, if it has one."""
        return self._fitted(
            customer,
            [
                Offer(
                    self.template(template_id, wanted),
                    self._pushable(item_id, wanted).item if item_id else None,
                )
                for template_id, item_id in offers
            ],
            wanted,
        )

    def device(self, customer: Customer, wanted: Filter) -> Device | None:
        """What the catalogue knows of the customer's model; None where it does not know the name."""
        everything = Filter(wanted.as_of, wanted.audience)
        ids = self._named.get(_plain(customer.device), [])
        found = (held.item.device for held in self._searcher.items(ids, everything))
        return next((device for device in found if device is not None), None)

    def _fitted(self, customer: Customer, offers: Sequence[Offer], wanted: Filter) -> Fitted:
        return fit(
            customer,
            offers,
            self.fit_settings,
            as_of=wanted.as_of,
            region=wanted.region,
            device=self.device(customer, wanted),
        )

    def _pushable(self, item_id: str, wanted: Filter) -> ItemVersion:
        for_customers = replace(
            wanted, audience=Audience.CUSTOMER, libraries=frozenset(), sale_statuses=frozenset()
        )
        held = next(iter(self._searcher.items([item_id], for_customers)), None)
        if held is None:
            raise NotFound(f"没有可推送的条目 {item_id!r}，或它在 {wanted.as_of} 不生效")
        return held

    @cached_property
    def _named(self) -> Mapping[str, list[str]]:
        """Ids of items by their titles and aliases."""
        named: dict[str, list[str]] = {}
        for line in self._searcher.suggestions():
            if line.kind in ("title", "alias"):
                named.setdefault(_plain(line.text), []).append(line.item_id)
        return named

    def _previewed(self, held: ItemVersion, templates: Sequence[PushTemplate]) -> Previews:
        previews: list[PushMessage | PushPreview] = []
        for template in templates:
            try:
                previews.append(
                    preview(
                        template,
                        held.item,
                        item_version=str(held.version),
                        settings=self._settings,
                        load_image=self._load_image,
                    )
                )
            except PushError:
                # a template that cannot be previewed must not cost the clerk the answer; the
                # corpus check is where its author learns of it
                continue
        return tuple(previews)


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()
