// Before a form is submitted: the warnings that must be said are shown, and that they were said is recorded.

import { el } from "./dom.js";
import { Trouble } from "./service.js";

const KEPT = "zhiku-acknowledgements"; // what could not be recorded yet, in the browser's own store
const MOST = 200;

/** Codes that a form is about: those of ticked boxes and chosen options, and of every other element. */
export function codesOf(form, attribute) {
  const codes = [];
  for (const element of form.querySelectorAll(`[${attribute}]`)) {
    const chosen = element.matches("option") ? element.selected
      : element.matches("input[type=checkbox], input[type=radio]") ? element.checked : !element.matches("[data-zhiku-offer]");
    if (chosen && !element.disabled) codes.push(element.getAttribute(attribute).trim());
  }
  return [...new Set(codes.filter(Boolean))];
}

/** The warnings of cards that must be said, each once, with the first item that asks for it. */
export function mustSay(cards) {
  const byTip = new Map();
  for (const card of cards.filter((one) => one && one.found))
    for (const tip of card.tips)
      if (tip.must_say && !byTip.has(tip.item_id)) byTip.set(tip.item_id, { item_id: card.item.id, tip_id: tip.item_id, text: tip.text });
  return [...byTip.values()];
}

/** Children of the dialog that asks whether each warning was said; `decide(true | false)` gets the answer. */
export function confirmView(warnings, decide) {
  const boxes = warnings.map((warning) => el("input", { type: "checkbox", value: warning.tip_id, onchange: changed }));
  const submit = el("button", { type: "button", class: "main", disabled: true, onclick: () => decide(true) }, "都说过了，提交");
  function changed() {
    submit.disabled = !boxes.every((box) => box.checked);
  }
  return [
    el("h2", {}, "提交前请先说给客户"),
    el("p", { class: "quiet" }, "说过一条勾一条；全部说过才能提交，结果会记录下来。"),
    el("ul", { class: "must-say" }, warnings.map((warning, place) => el("li", {}, el("label", {}, boxes[place], " ", warning.text)))),
    el("p", { class: "buttons" }, submit, el("button", { type: "button", onclick: () => decide(false) }, "返回修改")),
  ];
}

/** Children of the dialog for when nothing could be checked. */
export function uncheckedView(problem, again, anyway) {
  return [
    el("h2", {}, "没能核对必须告知的内容"),
    el("p", { class: "failed" }, problem),
    el("p", {}, "可以重试；如果业务不能等，请按业务规范口头告知后再提交。"),
    el("p", { class: "buttons" }, el("button", { type: "button", class: "main", onclick: again }, "重试"),
      el("button", { type: "button", onclick: anyway }, "仍要提交")),
  ];
}

/** Records what was acknowledged; what the service cannot take now is kept and sent with the next one. */
export async function record(service, told) {
  const waiting = [...kept(), told];
  keep(waiting);
  while (waiting.length) {
    try {
      await service.call("acknowledge", "/v1/acknowledgements", { method: "POST", body: waiting[0] });
    } catch (error) {
      const never = error instanceof Trouble && error.kind === "refused";
      if (!never) return false; // kept for the next time
    }
    waiting.shift();
    keep(waiting);
  }
  return true;
}

/** Sends what is still kept from earlier. */
export async function recordKept(service) {
  const waiting = kept();
  if (waiting.length) await record(service, waiting.pop());
}

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT) || "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return [];
  }
}

function keep(waiting) {
  try {
    localStorage.setItem(KEPT, JSON.stringify(waiting.slice(-MOST)));
  } catch {
    // a browser without a store loses it only when the service is down, too
  }
}
