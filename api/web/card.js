// The answer card: what to say, with what must be said before and what can be done after.

import { copyButton, el, lines } from "./dom.js";

/** Children of the answer section; `on` holds what to do: ask(query), open(itemId), label(kind, value). */
export function answerCard(answer, on) {
  return [
    banner(answer, on),
    answer.degraded.length ? el("p", { class: "warning" }, "有一部分检索没有按时完成，结果可能不全，请稍后再查一次。") : null,
    conflicts(answer.conflicts, on),
    el("div", { class: "columns" },
      el("div", { class: "say" },
        tips(answer.tips, "必须先告知", true),
        forAgent(answer.agent_text),
        answer.clarify ? clarify(answer.clarify, on) : words(answer),
        answer.handover ? handover(answer.handover) : null,
        notes(answer.notes),
        further(answer.more, on),
        product(answer.item, on),
        actions(answer.actions, on),
        tips(answer.tips, "提示", false),
        nearest(answer, on)),
      el("div", { class: "beside" },
        messages(answer.push, on),
        sources(answer, on),
        facts(answer.facts),
        related(answer.related, on))),
  ].filter(Boolean);
}

function banner(answer, on) {
  const sure = answer.outcome === "answered" ? `把握 ${Math.round(answer.confidence * 100)}%` : "";
  return el("p", { class: `outcome ${answer.outcome}` },
    el("strong", {}, on.label("outcomes", answer.outcome)), " ",
    el("span", {}, answer.reason), sure ? el("span", { class: "sure" }, sure) : null);
}

function words(answer) {
  if (!answer.text) return null;
  return el("div", { class: "text" }, lines(answer.text, "line"),
    answer.answered ? copyButton(answer.text, "复制这段话") : null);
}

/** Official wording: the clerk reads it, the customer must not hear it, so there is nothing to copy. */
function forAgent(text) {
  if (!text) return null;
  return el("section", { class: "for-agent" }, el("h3", {}, "业务口径（只给您看，不要念给客户）"), lines(text, "line"));
}

function clarify(asked, on) {
  return el("div", { class: "text" }, el("p", { class: "line" }, asked.question),
    el("ul", { class: "choices" }, asked.options.map((option) =>
      el("li", {}, el("button", { type: "button", onclick: () => on.ask(option.query) }, option.label)))));
}

function handover(to) {
  const listed = (title, entries) => entries.length
    ? [el("h3", {}, title), el("ul", {}, entries.map((entry) => el("li", {}, entry)))] : [];
  return el("div", { class: "transfer" }, el("p", {}, "转到：", el("strong", {}, to.where)),
    listed("先核对", to.check), listed("记录下来", to.record));
}

/** Other knowledge that says something else: the clerk checks before speaking. */
function conflicts(all, on) {
  if (!all.length) return null;
  return el("section", { class: "warning conflicts" }, el("h3", {}, "知识里有不一致的说法，请先核实"),
    el("ul", {}, all.map((conflict) => el("li", {}, conflict.line, " ", itemButton(conflict.item_id, "打开", on)))));
}

/** What this region, date or customer changes. */
function notes(all) {
  if (!all.length) return null;
  return el("section", { class: "notes" }, el("h3", {}, "这位客户要注意"),
    el("ul", {}, all.map((note) => el("li", {}, note.text))));
}

/** What else was asked, or may have been meant: each with its own words to copy. */
function further(all, on) {
  if (!all.length) return null;
  return el("section", { class: "further" }, el("h3", {}, "另外"), all.map((other) => el("article", {},
    el("p", { class: "quiet" }, [other.item ? itemButton(other.item.id, other.item.title, on) : "",
      other.facet ? ` · ${on.label("facets", other.facet)}` : "", ` · ${other.reason}`]),
    forAgent(other.agent_text), words(other), other.handover ? handover(other.handover) : null)));
}

function tips(all, title, mustSay) {
  const chosen = all.filter((tip) => tip.must_say === mustSay);
  if (!chosen.length) return null;
  return el("section", { class: mustSay ? "must-say" : "tips" }, el("h3", {}, title),
    el("ul", {}, chosen.map((tip) => el("li", {}, tip.text))));
}

/** 资费 (filled in when the item arrives), validity and sale status. */
function product(item, on) {
  if (!item) return null;
  return el("dl", { class: "product" },
    el("dt", {}, "条目"), el("dd", {}, itemButton(item.id, item.title, on)),
    el("dt", { id: "price-title", hidden: true }, "资费"), el("dd", { id: "price", hidden: true }),
    el("dt", {}, "状态"), el("dd", {}, el("span", { class: `status ${item.sale_status}` }, saleStatus(item, on)),
      " ", validity(item)));
}

/** 在售 and the like, in words; nothing for what is no product. */
export function saleStatus(held, on) {
  const product = !["tips", "technical", "cases"].includes(held.sub_library);
  return product || held.sale_status !== "on_sale" ? on.label("sale_statuses", held.sale_status) : "";
}

/** 有效期 in words. */
export function validity(held) {
  if (!held.effective_from && !held.effective_to) return "长期有效";
  if (!held.effective_to) return `${held.effective_from} 起有效`;
  return `${held.effective_from ?? ""} 至 ${held.effective_to} 有效`;
}

function actions(all, on) {
  if (!all.length) return null;
  return el("section", {}, el("h3", {}, "怎么办"),
    el("ul", { class: "actions" }, all.map((action) => el("li", {},
      el("span", { class: "tag" }, on.label("channels", action.channel)), ` ${action.label} `,
      el("b", {}, action.target), copyButton(action.target.split("@")[0])))));
}

function messages(all, on) {
  if (!all.length) return null;
  return el("section", { class: "messages" }, el("h3", {}, "可以发给客户"),
    all.map((message) => el("article", { "data-template": message.template_id },
      el("p", { class: "quiet" }, el("span", { class: "tag" }, on.label("channels", message.channel)), " ",
        message.segments ? `共 ${message.segments} 条` : "",
        message.missing.length ? el("span", { class: "open" }, ` 还要填：${message.missing.join("、")}`) : null),
      el("div", { class: "bubble" }, lines(message.preview, "line")),
      message.missing.length ? null : copyButton(message.preview))));
}

function sources(answer, on) {
  // wording for staff is cited by no span of the text, but it comes from the item all the same
  const whole = answer.item ? [{ item_id: answer.item.id, facet: answer.facet }] : [];
  const cited = answer.citations.length ? answer.citations : whole;
  if (!cited.length) return null;
  return el("section", {}, el("h3", {}, "出处"),
    el("ul", {}, cited.map((citation) => el("li", {},
      itemButton(citation.item_id, answer.item?.title ?? citation.item_id, on),
      ` 第 ${answer.item?.version ?? "?"} 版 · ${on.label("facets", citation.facet)}`,
      answer.item ? el("div", { class: "quiet" },
        [on.label("libraries", answer.item.sub_library), answer.item.owner, answer.item.filing_number]
          .filter(Boolean).join(" · ")) : null))));
}

function facts(all) {
  if (!all.length) return null;
  return el("details", {}, el("summary", {}, `${all.length} 个数的出处`),
    el("table", {}, el("tbody", {}, all.map((fact) => el("tr", {},
      el("th", { scope: "row" }, fact.value), el("td", {}, fact.field ?? fact.formula ?? ""),
      el("td", {}, fact.item_id ?? ""))))));
}

function related(all, on) {
  if (!all.length) return null;
  return el("section", {}, el("h3", {}, "有关"), el("ul", {}, all.map((other) => el("li", {},
    itemButton(other.item_id, other.title, on),
    el("span", { class: "quiet" }, ` ${on.label("relations", other.relation)}`)))));
}

function nearest(answer, on) {
  if (answer.answered || answer.clarify || !answer.nearest.length) return null;
  return el("section", {}, el("h3", {}, "最接近的条目（请打开核对，不要直接念）"),
    el("ul", {}, answer.nearest.map((near) => el("li", {}, itemButton(near.item_id, near.title, on),
      el("span", { class: "quiet" }, ` ${on.label("libraries", near.sub_library)}`)))));
}

/** A title that opens the whole item. */
export function itemButton(itemId, title, on) {
  return el("button", { type: "button", class: "link", onclick: () => on.open(itemId) }, title);
}
