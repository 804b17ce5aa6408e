// The answer card: what to say, with what must be said before and what can be done after.

import { copyButton, el, lines, listed, section } from "./dom.js";
import { messages } from "./messages.js";
import { actions, itemButton, saleStatus, validity } from "./items.js";

const KINDS = [["wrong", "不对"], ["missing", "没说全"], ["outdated", "过时了"]];

/**
 * Children of the answer section. `on` holds what to do and what is known: ask(query), open(itemId),
 * label(kind, value), act(action, item), feedback(words), messenger.
 */
export function answerCard(answer, on) {
  return [
    banner(answer, on),
    answer.degraded.length ? el("p", { class: "warning" }, "有一部分检索没有按时完成，结果可能不全，请稍后再查一次。") : null,
    conflicts(answer.conflicts, on),
    remarks(answer.fit),
    el("div", { class: "columns" },
      el("div", { class: "say" },
        tips(answer.tips, "必须先告知", true),
        forAgent(answer.agent_text),
        answer.clarify ? clarify(answer.clarify, on) : words(answer),
        answer.handover ? handover(answer.handover) : null,
        notes(answer.notes),
        further(answer.more, on),
        product(answer.item, on),
        actions(answer.actions, answer.item, on),
        tips(answer.tips, "提示", false),
        nearest(answer, on)),
      el("div", { class: "beside" },
        messages(answer, on),
        withheld(answer.fit),
        sources(answer, on),
        facts(answer.facts, on),
        related(answer.related, on))),
    feedbackRow(on.feedback),
  ].filter(Boolean);
}

/** What the card says in one breath, for those who hear it. */
export function inShort(answer, on) {
  const warned = answer.tips.filter((tip) => tip.must_say).length;
  return [on.label("outcomes", answer.outcome), answer.item ? answer.item.title : answer.reason,
    warned ? `有 ${warned} 条必须先告知` : ""].filter(Boolean).join("，");
}

function banner(answer, on) {
  const sure = answer.outcome === "answered" ? `把握 ${Math.round(answer.confidence * 100)}%` : "";
  return el("h2", { class: `outcome ${answer.outcome}` },
    el("strong", {}, on.label("outcomes", answer.outcome)), " ",
    el("span", {}, answer.reason), sure ? el("span", { class: "sure" }, sure) : null);
}

function words(answer) {
  if (!answer.text) return null;
  return el("div", { class: "text" }, lines(answer.text, "line"),
    answer.answered ? copyButton(answer.text, "复制这段话", { "data-copy": "words" }) : null);
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
  return el("div", { class: "transfer" }, el("p", {}, "转到：", el("strong", {}, to.where)),
    listed("先核对", "", to.check, (line) => line), listed("记录下来", "", to.record, (line) => line));
}

function conflicts(all, on) {
  return listed("知识里有不一致的说法，请先核实", "warning conflicts", all, (conflict) => [conflict.line, " ", itemButton(conflict.item_id, "打开", on)]);
}

function remarks(fit) {
  return listed("这位客户", "notes fit", fit && fit.remarks, (remark) => remark.text);
}

function withheld(fit) {
  return listed("没有推荐", "withheld", fit && fit.withheld, (one) => [one.title || one.template_id, "：", one.text]);
}

function notes(all) {
  return listed("这位客户要注意", "notes", all, (note) => note.text);
}

/** What else was asked, or may have been meant: each with its own words to copy. */
function further(all, on) {
  return section("另外", "further", all.map((other) => el("article", {},
    el("p", { class: "quiet" }, [other.item ? itemButton(other.item.id, other.item.title, on) : "",
      other.facet ? ` · ${on.label("facets", other.facet)}` : "", ` · ${other.reason}`]),
    forAgent(other.agent_text), words(other), other.handover ? handover(other.handover) : null)));
}

/** Warnings: those that must be said stand before the words, the others below. */
export function tips(all, title, mustSay) {
  const chosen = all.filter((tip) => tip.must_say === mustSay);
  return listed(title, mustSay ? "must-say" : "tips", chosen, (tip) => tip.text);
}

function product(item, on) {
  if (!item) return null;
  return el("dl", { class: "product" },
    el("dt", {}, "条目"), el("dd", {}, itemButton(item.id, item.title, on)),
    el("dt", { id: "price-title", hidden: true }, "资费"), el("dd", { id: "price", hidden: true }),
    el("dt", {}, "状态"), el("dd", {}, el("span", { class: `status ${item.sale_status}` }, saleStatus(item, on)),
      " ", validity(item)));
}

function sources(answer, on) {
  // wording for staff is cited by no span of the text, but it comes from the item all the same
  const whole = answer.item ? [{ item_id: answer.item.id, facet: answer.facet }] : [];
  const cited = answer.citations.length ? answer.citations : whole;
  return listed("出处", "sources", cited, (citation) => source(citation, answer.item, on));
}

function source(citation, item, on) {
  const [title, version] = item ? [item.title, item.version] : [citation.item_id, "?"];
  const facet = citation.facet ? ` · ${on.label("facets", citation.facet)}` : "";
  return [itemButton(citation.item_id, title, on), ` 第 ${version} 版${facet}`,
    item ? el("div", { class: "quiet" }, [on.label("libraries", item.sub_library), item.owner, item.filing_number]
      .filter(Boolean).join(" · ")) : ""];
}

function placeOf(fact, on) {
  const facet = /^facets\.(\w+)/.exec(fact.field || "");
  if (facet) return on.label("facets", facet[1]);
  return fact.field ? (fact.field.startsWith("tariff") ? "资费表" : fact.field) : fact.formula || "";
}

function facts(all, on) {
  if (!all.length) return null;
  return el("details", {}, el("summary", {}, `${all.length} 个数的出处`),
    el("table", {}, el("tbody", {}, all.map((fact) => el("tr", {},
      el("th", { scope: "row" }, fact.value), el("td", {}, placeOf(fact, on)),
      el("td", {}, fact.item_id || ""))))));
}

function related(all, on) {
  return listed("有关", "related", all, (other) => [itemButton(other.item_id, other.title, on),
    el("span", { class: "quiet" }, ` ${on.label("relations", other.relation)}`)]);
}

function nearest(answer, on) {
  if (answer.answered || answer.clarify) return null;
  return listed("最接近的条目（请打开核对，不要直接念）", "nearest", answer.nearest, (near) => [itemButton(near.item_id, near.title, on),
    el("span", { class: "quiet" }, ` ${on.label("libraries", near.sub_library)}`)]);
}

/** A row of buttons; `send(kind, text)` stores what was said and throws where it could not. */
export function feedbackRow(send) {
  if (!send) return null;
  const said = el("span", { role: "status" });
  const row = el("div", { class: "feedback", role: "group", "aria-label": "反馈" },
    el("span", { class: "quiet" }, "这个答案有问题？"),
    KINDS.map(([kind, label]) => el("button", { type: "button", class: "small", onclick: () => tell(kind) }, label)), said);

  async function tell(kind) {
    said.textContent = "";
    try {
      await send(kind, "");
      said.textContent = "已记下，谢谢。";
      if (!row.querySelector("form")) row.append(moreWords(send, said));
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = `没有记下：${error.message}`;
    }
  }

  return row;
}

function moreWords(send, said) {
  const field = el("input", { type: "text", maxlength: "500", "aria-label": "哪里有问题（可以不填）", placeholder: "哪里有问题？（可以不填，不要写客户的号码、姓名）" });
  const form = el("form", {}, field, el("button", { type: "submit", class: "small" }, "补充"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (!field.value.trim()) return;
    try {
      await send("suggestion", field.value.trim());
      said.textContent = "补充也记下了，谢谢。";
      form.remove();
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = `没有记下：${error.message}`;
    }
  });
  return form;
}
