// Search hits, and a whole item in a dialog.

import { itemButton, saleStatus, validity } from "./card.js";
import { el, lines, marked } from "./dom.js";

/** Children of the hits section. */
export function hitList(page, on) {
  if (!page.hits.length) return [el("h2", {}, "检索结果"), el("p", {}, "在所选范围内没有找到；可以放宽子库或地区再查。")];
  return [el("h2", {}, "检索结果"), el("ol", {}, page.hits.map((hit) => el("li", {},
    el("h3", {}, itemButton(hit.item_id, hit.title, on)),
    el("p", {}, marked(hit.snippet.text, hit.snippet.spans)),
    el("p", { class: "quiet" }, [
      on.label("libraries", hit.sub_library),
      hit.facet ? on.label("facets", hit.facet) : "",
      saleStatus(hit, on),
      validity(hit),
    ].filter(Boolean).join(" · ")))))];
}

/** The facet that says what an item costs, in words for the customer. */
export function priceOf(whole) {
  const price = whole.facets.find((facet) => facet.kind === "price");
  return price ? price.customer ?? price.official ?? "" : "";
}

/** Children of the item dialog. */
export function itemView(whole, on, close) {
  const { item } = whole;
  const known = [
    ["编码", item.codes.map((code) => code.value).join("、")],
    ["界面", whole.screens.join("、")],
    ["适合", whole.suited_to],
    ["要先有", whole.requires.join("、")],
    ["不能同时有", whole.excludes.join("、")],
    ["身份核验", whole.identity_check],
    ["办理时长", whole.handling_time],
    ["到期后", whole.at_end],
  ].filter(([, value]) => value);
  return [
    el("button", { type: "button", class: "close", "aria-label": "关闭", onclick: close }, "×"),
    el("h2", { id: "item-title" }, item.title),
    el("p", { class: "quiet" }, [on.label("libraries", item.sub_library), `第 ${item.version} 版`,
      saleStatus(item, on), validity(item), item.owner, item.filing_number].filter(Boolean).join(" · ")),
    known.length ? el("dl", { class: "product" }, known.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])) : "",
    ...whole.facets.map((facet) => el("section", {}, el("h3", {}, facet.label,
      facet.audience === "customer" ? "" : el("span", { class: "tag" }, `只给${on.label("audiences", facet.audience)}`)),
      facet.customer ? lines(facet.customer, "line") : "",
      facet.steps.length ? el("ol", {}, facet.steps.map((step) => el("li", {}, step))) : "",
      facet.official ? el("p", { class: "quiet" }, `业务口径：${facet.official}`) : "")),
    whole.related.length ? el("section", {}, el("h3", {}, "有关"), el("ul", {}, whole.related.map((other) =>
      el("li", {}, itemButton(other.item_id, other.title, on))))) : "",
  ];
}
