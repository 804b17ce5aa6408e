// Items in every view: title, status, dates, how it is handled; hits of a search; a whole item.

import { copyButton, el, lines, listed, marked } from "./dom.js";

const SAFE = ["http:", "https:"];

/** A title that opens the whole item. */
export function itemButton(itemId, title, on) {
  return el("button", { type: "button", class: "link", onclick: () => on.open(itemId) }, title);
}

/** 在售 and the like, in words; nothing for what is no product. */
export function saleStatus(held, on) {
  const product = !["tips", "technical", "cases"].includes(held.sub_library);
  return product || held.sale_status !== "on_sale" ? on.label("sale_statuses", held.sale_status) : "";
}

export function validity(held) {
  if (!held.effective_from && !held.effective_to) return "长期有效";
  if (!held.effective_to) return `${held.effective_from} 起有效`;
  return `${held.effective_from || ""} 至 ${held.effective_to} 有效`;
}

/** What can be done: a menu of the BOSS is a link where the page says how one looks, a command can be copied. */
export function actions(all, item, on) {
  return listed("怎么办", "actions", all, (action) => [el("span", { class: "tag" }, on.label("channels", action.channel)), ` ${action.label} `,
    el("b", {}, action.target), " ", handle(action, item, on)]);
}

function handle(action, item, on) {
  const code = item && item.codes.length ? item.codes[0].value : "";
  const address = action.channel === "boss" ? bossAddress(on.bossLink, action.target, code) : "";
  if (!address) return copyButton(action.target.split("@")[0]);
  return el("a", {
    class: "go",
    href: address,
    target: "_top",
    "aria-label": `${action.label}：打开 ${action.target}`,
    onclick: (event) => { if (!on.act(action, item)) event.preventDefault(); },
  }, "打开");
}

/** The address of a BOSS menu by the page's pattern (`{target}`, `{code}`); none that is not http. */
export function bossAddress(pattern, target, code) {
  if (!pattern) return "";
  const filled = pattern.replace(/\{(target|code)\}/g, (_, name) => encodeURIComponent(name === "target" ? target : code));
  try {
    return SAFE.includes(new URL(filled, document.baseURI).protocol) ? filled : "";
  } catch {
    return "";
  }
}

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
  return price ? price.customer || price.official || "" : "";
}

/** One facet: the customer's words, the steps, and the official wording behind them. */
export function facetView(facet, on) {
  return el("section", {}, el("h3", {}, facet.label,
    facet.audience === "customer" ? "" : el("span", { class: "tag" }, `只给${on.label("audiences", facet.audience)}`)),
    facet.customer ? lines(facet.customer, "line") : "",
    facet.steps.length ? el("ol", {}, facet.steps.map((step) => el("li", {}, step))) : "",
    facet.official ? el("p", { class: "quiet" }, `业务口径：${facet.official}`) : "");
}

export function itemView(whole, on) {
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
    el("h2", {}, item.title),
    el("p", { class: "quiet" }, [on.label("libraries", item.sub_library), `第 ${item.version} 版`,
      saleStatus(item, on), validity(item), item.owner, item.filing_number].filter(Boolean).join(" · ")),
    on.tools && on.tools.length ? el("p", {}, on.tools) : "",
    known.length ? el("dl", { class: "product" }, known.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])) : "",
    ...whole.facets.map((facet) => facetView(facet, on)),
    listed("有关", "", whole.related, (other) => itemButton(other.item_id, other.title, on)) || "",
  ];
}
