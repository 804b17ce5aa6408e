// The clerk's page around <zhiku-search>: filters, the customer's situation, and the address.

import { DeskView } from "./desk.js";
import { el } from "./parts/dom.js";
import { query, Service } from "./parts/service.js";
import { whoAmI } from "./who.js";

const at = (id) => document.getElementById(id);
const search = at("search");
const filters = ["library", "region", "audience"].map(at);
const service = new Service(location.origin);
const desk = new DeskView(service, search, Object.fromEntries(["lookups", "favourites", "changes", "catalogue"].map((id) => [id, at(id)])));

function scope() {
  return Object.fromEntries(filters.map((select) => [select.name, select.value]));
}

function address(text) {
  const chosen = { q: text, ...scope() };
  if (chosen.audience === "agent") chosen.audience = "";
  return `?${query(chosen)}`;
}

/** The customer's situation as the form says it; nothing at all where nothing is said. */
function customer() {
  const told = {};
  for (const field of at("customer").querySelectorAll("input")) {
    if (field.type === "checkbox" ? field.checked : field.value.trim())
      told[field.name] = field.type === "checkbox" ? true : field.value.trim();
  }
  return Object.keys(told).length ? { customer: told } : {};
}

function readAddress() {
  const given = new URLSearchParams(location.search);
  for (const select of filters) {
    const value = given.get(select.name) || (select.name === "audience" ? "agent" : "");
    if ([...select.options].some((option) => option.value === value)) select.value = value;
    search.setAttribute(select.name, select.value);
  }
  const text = given.get("q") || "";
  if (text && text !== search.asked) search.ask(text, { remember: false });
}

function choicesOf(id, entries) {
  at(id).append(...entries.map(({ value, label }) => el("option", { value }, label)));
}

async function begin() {
  try {
    const labels = await service.call("labels", "/v1/labels");
    choicesOf("library", labels.libraries);
    choicesOf("region", labels.regions);
    choicesOf("audience", labels.audiences);
    at("audience").value = "agent";
    const ready = await service.call("ready", "/readyz");
    at("version").textContent = `知识版本 ${ready.index_version}，${ready.items} 条`;
  } catch (error) {
    at("trouble").textContent = error.message;
  }
  readAddress();
  await Promise.all([showDesk(), whoAmI(service, at("who"))]);
}

async function showDesk() {
  const { region, audience } = scope();
  await desk.refresh({ region, audience });
}

search.itemTools = (itemId) => [desk.favouriteButton(itemId)];
search.addEventListener("zhiku-asked", ({ detail }) => {
  document.title = `${detail.query} - 知库`;
  if (detail.remember && address(detail.query) !== location.search) history.pushState(null, "", address(detail.query));
});
search.addEventListener("zhiku-answered", ({ detail }) => {
  scrollTo(0, 0);
  desk.lookedUp(detail.query, detail.answer.item ? detail.answer.item.id : "");
});
for (const select of filters) select.addEventListener("change", () => {
  search.setAttribute(select.name, select.value);
  showDesk();
});
at("home").addEventListener("click", () => {
  history.pushState(null, "", location.pathname);
  search.clear();
});
at("customer").addEventListener("change", () => { search.context = customer(); });
at("scope").addEventListener("submit", (event) => event.preventDefault());
addEventListener("popstate", () => {
  if (!new URLSearchParams(location.search).get("q")) search.clear();
  readAddress();
});
begin();
