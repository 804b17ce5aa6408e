// The clerk's page: one question at a time, everything about it on one screen.

import { call, cancel, query } from "./api.js";
import { answerCard } from "./card.js";
import { combobox } from "./combobox.js";
import { el } from "./dom.js";
import { hitList, itemView, priceOf } from "./lists.js";

const SAMPLES = ["5元日包怎么开", "流量不够用了怎么办", "怎么取消", "我被骗了怎么办"];
const PATIENCE = 250; // milliseconds before “正在查” shows, so that quick answers do not flicker

const at = (id) => document.getElementById(id);
const [question, state, answer, hits, dialog] = ["question", "state", "answer", "hits", "item"].map(at);
const filters = ["library", "region", "audience"].map(at);
const names = new Map();
let waiting = 0;

const on = {
  ask,
  open: openItem,
  label: (kind, value) => names.get(`${kind}/${value}`) ?? value,
};

function scope() {
  return Object.fromEntries(filters.map((select) => [select.name, select.value]));
}

function say(text, failed = false) {
  clearTimeout(waiting);
  state.textContent = text;
  state.className = failed ? "failed" : "";
  state.hidden = !text;
}

function address(text) {
  const chosen = { q: text, ...scope() };
  if (chosen.audience === "agent") chosen.audience = "";
  return `?${query(chosen)}`;
}

/** Asks; what was under way for an earlier question is aborted. */
async function ask(text, { remember = true } = {}) {
  box.close();
  cancel("item");
  question.value = text;
  if (!text.trim()) {
    question.focus();
    return;
  }
  if (remember && address(text) !== location.search) history.pushState(null, "", address(text));
  document.title = `${text} - 知库`;
  at("welcome").hidden = true;
  say("");
  waiting = setTimeout(() => say("正在查…"), PATIENCE);
  answer.setAttribute("aria-busy", "true");
  const chosen = scope();
  const body = { query: text, filters: { ...chosen, library: chosen.library ? [chosen.library] : [] } };
  try {
    const [answered, page] = await Promise.all([
      call("answer", "/v1/answer", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      }),
      call("search", `/v1/search?${query({ q: text, k: "6", ...chosen })}`),
    ]);
    say("");
    show(answer, answerCard(answered, on));
    show(hits, hitList(page, on));
    scrollTo(0, 0);
    if (answered.item && answered.facet !== "price") fillPrice(answered.item.id);
  } catch (error) {
    if (error.name === "AbortError") return; // a newer question is under way and owns the page
    cancel("answer");
    cancel("search");
    answer.hidden = hits.hidden = true;
    say(error.message, true);
  }
  answer.removeAttribute("aria-busy");
}

function show(section, children) {
  section.replaceChildren(...children);
  section.hidden = false;
}

function itemPath(itemId) {
  const { region, audience } = scope();
  const filter = query({ region, audience });
  return `/v1/items/${encodeURIComponent(itemId)}${filter ? `?${filter}` : ""}`;
}

async function fillPrice(itemId) {
  try {
    const price = priceOf(await call("price", itemPath(itemId)));
    if (!price || !at("price")) return;
    at("price").textContent = price;
    at("price").hidden = at("price-title").hidden = false;
  } catch {
    // the card is complete without it, and the item itself says why when it is opened
  }
}

async function openItem(itemId) {
  try {
    const whole = await call("item", itemPath(itemId));
    dialog.replaceChildren(...itemView(whole, on, () => dialog.close()));
  } catch (error) {
    if (error.name === "AbortError") return;
    dialog.replaceChildren(el("p", { class: "failed", id: "item-title" }, error.message));
  }
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
}

async function suggest(text) {
  try {
    const found = await call("suggest", `/v1/suggest?${query({ q: text.slice(0, 200), limit: "8", ...scope() })}`);
    return found.suggestions;
  } catch {
    return null; // without suggestions one can still ask; asking shows what is wrong
  }
}

const box = combobox(question, at("suggestions"), {
  suggest,
  choose: (entry) => ask(entry.text),
  stop: () => cancel("suggest"),
});

function readAddress() {
  const given = new URLSearchParams(location.search);
  for (const select of filters) {
    const value = given.get(select.name) ?? (select.name === "audience" ? "agent" : "");
    if ([...select.options].some((option) => option.value === value)) select.value = value;
  }
  const text = given.get("q") ?? "";
  if (text) ask(text, { remember: false });
}

async function begin() {
  at("samples").append(...SAMPLES.map((sample) =>
    el("li", {}, el("button", { type: "button", onclick: () => ask(sample) }, sample))));
  try {
    const labels = await call("labels", "/v1/labels");
    for (const [kind, entries] of Object.entries(labels))
      for (const { value, label } of entries) names.set(`${kind}/${value}`, label);
    const fill = (id, entries) => at(id).append(...entries.map(({ value, label }) => el("option", { value }, label)));
    fill("library", labels.libraries);
    fill("region", labels.regions);
    fill("audience", labels.audiences);
    at("audience").value = "agent";
    const ready = await call("ready", "/readyz");
    at("version").textContent = `知识版本 ${ready.index_version}，${ready.items} 条`;
  } catch (error) {
    say(error.message, true);
  }
  readAddress();
}

at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  ask(question.value);
});
for (const select of filters) select.addEventListener("change", () => { if (question.value.trim()) ask(question.value); });
addEventListener("popstate", readAddress);
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
begin();
