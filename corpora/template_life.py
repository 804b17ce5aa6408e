"""The life of a push template: when it holds, where, who approved what, and its short form."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace

from corpora.push_template import PLACEHOLDER, Purpose, PushChannel, PushTemplate
from corpora.types import Region


def holds_on(template: PushTemplate, day: dt.date) -> bool:
    """Whether a template may be used on ``day``."""
    return (template.effective_from is None or template.effective_from <= day) and (
        template.effective_to is None or day <= template.effective_to
    )


def content_code(template: PushTemplate) -> str:
    """Eight digits for what an approval is of: the words, the values in them, to whom, by what and
    what sends them. Titles, owners, examples and dates may change under the same approval.
    """
    said = {
        "channel": template.channel.value,
        "purpose": template.purpose.value,
        "body": template.body,
        "parts": [[part.kind, part.text, part.image] for part in template.parts],
        "placeholders": [
            [gap.name, gap.type.value, gap.source, gap.max_length] for gap in template.placeholders
        ],
        "region": template.region.path if template.region else "",
        "trigger": template.trigger.event.value if template.trigger else "",
    }
    written = json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
    return hashlib.blake2b(written, digest_size=4).hexdigest()


def is_approved(template: PushTemplate, day: dt.date) -> bool:
    """Whether a template may be sent on ``day``: marketing only as it was approved by then."""
    if template.purpose is not Purpose.MARKETING:
        return True
    return (
        template.approved_on is not None
        and template.approved_on <= day
        and template.approved_content == content_code(template)
    )


def at_home(
    template: PushTemplate,
    templates: Mapping[str, PushTemplate],
    region: Region | None,
    day: dt.date,
) -> PushTemplate:
    """What holds of a template's family in ``region`` on ``day``: the most local one, or the base.

    Without a region, or where nothing else holds, a base stays what it is, and so does a variant whose
    base is not there.
    """
    base = templates.get(template.family, template)
    return max(
        (base, *_variants(base, templates.values(), region, day)),
        key=lambda one: one.region.depth if one.region else 0,
    )


def _variants(
    base: PushTemplate, templates: Iterable[PushTemplate], region: Region | None, day: dt.date
) -> Iterable[PushTemplate]:
    if region is None:
        return
    for one in templates:
        local = one.variant_of == base.id and one.region is not None
        if local and one.region and one.region.path in region.lineage and holds_on(one, day):
            yield one


def as_sms(template: PushTemplate) -> PushTemplate:
    """The short message that an MMS falls back to; an SMS is its own."""
    if template.channel is not PushChannel.MMS:
        return template
    used = set(PLACEHOLDER.findall(template.body))
    return replace(
        template,
        channel=PushChannel.SMS,
        parts=(),
        placeholders=tuple(gap for gap in template.placeholders if gap.name in used),
    )
