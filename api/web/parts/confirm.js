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

let sending = Promise.resolve();
let unkept = null; // what waits, where the browser keeps nothing

/** Records what was acknowledged, if anything, and what is still kept; what cannot be sent now is kept. */
export function record(service, told) {
  if (told) keep([...kept(), told]);
  sending = sending.then(() => send(service)); // one after the other: nothing is sent twice
  return sending;
}

async function send(service) {
  for (let [first] = kept(); first; [first] = kept()) {
    try {
      await service.call("acknowledge", "/v1/acknowledgements", { method: "POST", body: first });
    } catch (error) {
      if (!(error instanceof Trouble && error.kind === "refused")) return; // kept for the next time
    }
    const waiting = kept(); // another window may have sent some meanwhile
    const place = waiting.findIndex((one) => JSON.stringify(one) === JSON.stringify(first));
    if (place >= 0) waiting.splice(place, 1);
    keep(waiting);
  }
}

function kept() {
  if (unkept) return unkept;
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
    unkept = waiting;
  }
}
