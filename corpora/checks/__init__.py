"""Checks across items, templates and registers: what no single item can know about itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from corpora.catalogue import Catalogue
from corpora.checks import (
    agreement,
    campaigns,
    channels,
    codes,
    completeness,
    devices,
    duplicates,
    lookups,
    message_words,
    plain_words,
    prices,
    privacy,
    references,
    template_life,
    templates,
    wording,
)
from corpora.knowledge import Knowledge
from corpora.source import Place, Problem

Check: TypeAlias = Callable[[Catalogue], Iterable[Problem]]


def check(
    knowledge: Knowledge, places: Mapping[str, Place], *, as_of: dt.date | None = None
) -> list[Problem]:
    """All problems of ``knowledge``, by file and line; with ``as_of``, expired references of a day.

    Things that the loader had to leave out still count as there when others refer to them.
    """
    catalogue = Catalogue(knowledge, places)
    found = [problem for one in CHECKS for problem in one(catalogue)]
    found += references.expired_references(catalogue, as_of)
    return sorted(dict.fromkeys(found), key=lambda p: (p.file, p.line, p.field, p.problem))


CHECKS: Final[Sequence[Check]] = (
    references.unique_ids,
    references.dangling_references,
    references.references_to_oneself,
    references.misfit_relations,
    references.one_sided_siblings,
    references.variants,
    references.known_regions,
    codes.unique_codes,
    codes.crossed_codes,
    codes.doubled_commands,
    codes.unknown_commands,
    codes.unknown_screens,
    codes.unexplained_errors,
    codes.products_without_code,
    privacy.phone_numbers,
    completeness.few_questions,
    completeness.facets_of_what_is_sold,
    completeness.business_without_tips,
    completeness.cases_without_a_story,
    completeness.screens_without_steps,
    completeness.held_but_orderable,
    completeness.unused_templates,
    completeness.sold_without_template,
    campaigns.campaigns_without_faq,
    campaigns.campaigns_without_script,
    campaigns.campaigns_without_conflicts,
    campaigns.overlapping_campaigns,
    channels.matrix_contradictions,
    channels.halls,
    lookups.common_lookups,
    duplicates.near_duplicates,
    duplicates.claimed_questions,
    duplicates.claimed_names,
    devices.devices_without_parameters,
    devices.device_contradictions,
    prices.price_book_contradictions,
    prices.unquoted_prices,
    prices.title_contradictions,
    prices.headline_contradictions,
    prices.negative_amounts,
    prices.untraced_numbers,
    agreement.prices_of_others,
    agreement.last_days_of_others,
    agreement.own_last_day,
    agreement.template_amounts,
    wording.forbidden_phrases,
    wording.claims,
    wording.words_against_others,
    wording.lengths,
    wording.free_offers,
    wording.unlimited_offers,
    wording.sent_away,
    wording.silence_as_order,
    wording.read_aloud,
    wording.internal_leaks,
    plain_words.expert_terms,
    plain_words.glossary_terms,
    templates.unknown_sources,
    templates.unfilled_sources,
    templates.enquiry_gaps,
    templates.unnamed_gaps,
    templates.doubled_units,
    templates.asked_secrets,
    template_life.approvals,
    template_life.local_variants,
    template_life.windows,
    template_life.triggers,
    message_words.silent_orders,
    message_words.orders_by_reply,
    message_words.ways_out,
    message_words.unlisted_links,
    message_words.unlisted_numbers,
    message_words.steered_surveys,
    message_words.whereabouts,
)
