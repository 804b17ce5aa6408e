// <zhiku-search>: the search box and everything about one question, in any page.

import { answerCard, inShort } from "./parts/card.js";
import { combobox } from "./parts/combobox.js";
import { announce, el } from "./parts/dom.js";
import { ZhikuElement } from "./parts/element.js";
import { hitList, priceOf } from "./parts/items.js";
import { messengerOf } from "./parts/messages.js";
import { query, troubleOf } from "./parts/service.js";

const QUIET = 250; // milliseconds before “正在查” shows, so that quick answers do not flicker
const SCOPE = ["library", "region", "audience"];
const LOOK = `
#ask { display: flex; flex-wrap: wrap; gap: .5em .75em; align-items: center; }
.box { position: relative; flex: 1 1 14em; min-width: 0; }
#question { width: 100%; padding: .5em .75em; font-size: 1.1em; }
#suggestions { position: absolute; z-index: 3; top: calc(100% + 4px); left: 0; right: 0; max-height: 60vh; overflow: hidden auto; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 8px 24px rgba(0, 0, 0, .18); }
#suggestions li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1em; padding: .4em .75em; cursor: pointer; }
#suggestions span { max-height: 3.2em; overflow: hidden; }
#suggestions small { color: var(--quiet); }
#suggestions li:hover { background: var(--ground); }
#suggestions li[aria-selected="true"] { background: var(--blue-ground); }
#suggestions li[aria-selected="true"] small { color: var(--ink); }
.below { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1em; margin-top: 1em; }
.below > section { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: 1em 1.25em; min-width: 0; overflow: hidden; }
#state, .trouble { font-size: 1.05em; }
.trouble { display: flex; flex-wrap: wrap; gap: .5em 1em; align-items: center; }
#answer[aria-busy="true"], #answer[aria-busy="true"] ~ #hits { opacity: .55; }
.outcome { display: flex; flex-wrap: wrap; gap: .15em .75em; align-items: baseline; margin-bottom: .75em; color: var(--quiet); font-size: .9em; font-weight: 400; }
.outcome strong { padding: .1em .7em; border-radius: 99px; border: 1px solid currentColor; font-size: .95em; }
.outcome.answered strong { color: var(--green); }
.outcome.clarify strong { color: var(--blue); }
.outcome.handover strong { color: var(--amber); }
.outcome.unknown strong { color: var(--red); }
.sure { margin-left: auto; }
.columns { display: flex; flex-wrap: wrap; gap: 1em 1.75em; }
.say { flex: 3 1 22em; } .beside { flex: 2 1 16em; }
.say, .beside { display: grid; grid-template-columns: minmax(0, 1fr); gap: .9em; align-content: start; min-width: 0; }
.beside:empty { display: none; }
#hits ol { list-style: none; }
#hits li { padding: .6em 0; border-top: 1px solid var(--line); }
#hits h2 + ol li:first-child { border-top: 0; }
#hits h3 { font-size: 1.05em; }
@media (max-width: 760px) { .text > .line { font-size: 1.15em; } .below > section { padding: .8em; border-radius: 8px; } .sure { margin-left: 0; } }
`;

export class ZhikuSearch extends ZhikuElement {
  static get observedAttributes() {
    return [...SCOPE, "placeholder"];
  }

  constructor() {
    super();
    this._situation = {};
    this._recipient = "";
    this._waiting = 0;
    this._asked = "";
    this._filled = false;
    this._again = () => { if (this.isConnected && !this._trouble.hidden) this.ask(this._asked, { remember: false }); };
  }

  /** What the page knows of the transaction and the customer: the `context` of `POST /v1/answer`. */
  get context() { return this._situation; }

  set context(given) {
    this._situation = given || {};
    if (this._asked) this.ask(this._asked, { remember: false });
  }

  /** The number that messages can be sent to; without one they can only be copied. */
  set recipient(number) {
    if (number === this._recipient) return;
    this._recipient = number || "";
    if (this._asked) this.ask(this._asked, { remember: false }); // no button may still send to the one before
  }

  /** What was asked last. */
  get asked() { return this._asked; }

  connectedCallback() {
    if (this._filled) return;
    this._filled = true;
    this._build();
  }

  disconnectedCallback() {
    this._stop("answer", "search", "suggest", "item", "price");
    clearTimeout(this._waiting);
  }

  attributeChangedCallback(name, before, now) {
    if (!this._filled || before === now) return;
    if (name === "placeholder") {
      this._question.placeholder = now || "";
      return;
    }
    this._box.forget();
    if (this._asked) this.ask(this._asked, { remember: false });
  }

  /** Puts the cursor into the box. */
  focus() {
    this._question.focus();
    this._question.select();
  }

  /** Takes the answer away and shows what the page put into the element. */
  clear() {
    this._box.close();
    this._stop("answer", "search", "item", "price");
    this._asked = this._question.value = "";
    this._ended("");
    this._answer.hidden = this._hits.hidden = this._trouble.hidden = true;
    this._welcome.hidden = false;
  }

  /** Asks; what was under way for an earlier question is aborted. */
  async ask(text, { remember = true } = {}) {
    this._box.close();
    this._stop("item", "price");
    this._question.value = text;
    if (!text.trim()) {
      this._question.focus();
      return;
    }
    this._asked = text;
    this._welcome.hidden = true;
    announce(this, "zhiku-asked", { query: text, remember });
    this._wait();
    try {
      const [answer, page] = await this._found(text);
      const on = await this._doings(answer);
      if (this._asked !== text) return;
      const card = answerCard(answer, on); // made whole before anything shows: half a reply shows nothing
      const list = page ? hitList(page, on) : [];
      this._ended(inShort(answer, on));
      this._fill(this._answer, card);
      this._fill(this._hits, list);
      announce(this, "zhiku-answered", { query: text, answer });
      if (answer.item && answer.facet !== "price") this._fillPrice(answer.item.id);
    } catch (error) {
      if (error.name === "AbortError") return; // a newer question is under way and owns the page
      this._stop("answer", "search");
      this._failed(troubleOf(error), text);
    }
  }

  _stop(...purposes) {
    for (const purpose of purposes) this.service.cancel(purpose);
  }

  async _found(text) {
    const scope = this._scope();
    const body = { query: text, context: this._context(), filters: { ...scope, library: scope.library ? [scope.library] : [] } };
    const hits = Number(this.getAttribute("hits") || 0);
    return Promise.all([
      this.service.call("answer", "/v1/answer", { method: "POST", body }),
      hits > 0 ? this.service.call("search", `/v1/search?${query({ q: text, k: hits, ...scope })}`) : null,
    ]);
  }

  _scope() {
    return Object.fromEntries(SCOPE.map((name) => [name, this.getAttribute(name) || ""]));
  }

  _context() {
    const given = { ...this._situation };
    for (const [name, attribute] of [["screen", "screen"], ["boss_code", "boss-code"]])
      if (this.hasAttribute(attribute) && !given[name]) given[name] = this.getAttribute(attribute);
    return given;
  }

  async _doings(answer) {
    return {
      ...(await this.doings()),
      ask: (text) => this.ask(text),
      feedback: this.feedbackOn(answer),
      messenger: messengerOf(this.service, this._recipient, () => ({ ...this._situation, region: this._scope().region })),
    };
  }

  _wait() {
    clearTimeout(this._waiting);
    this._state.hidden = this._trouble.hidden = true;
    this._waiting = setTimeout(() => {
      this._state.textContent = this.said.textContent = "正在查…";
      this._state.hidden = false;
    }, QUIET);
    this._answer.setAttribute("aria-busy", "true");
  }

  _ended(said) {
    clearTimeout(this._waiting);
    this._state.hidden = true;
    this._state.textContent = "";
    this.said.textContent = said;
    this._answer.removeAttribute("aria-busy");
  }

  _failed(error, text) {
    this._ended(error.message);
    this._answer.hidden = this._hits.hidden = true;
    const again = error.kind === "refused" ? "" : el("button", { type: "button", onclick: this._again }, "重试");
    this._trouble.replaceChildren(el("span", { class: "failed" }, error.message), again);
    this._trouble.hidden = false;
    announce(this, "zhiku-failed", { query: text, kind: error.kind, code: error.code });
    if (error.kind === "offline") addEventListener("online", this._again, { once: true });
  }

  _fill(section, children) {
    section.replaceChildren(...children);
    section.hidden = children.length === 0;
  }

  async _fillPrice(itemId) {
    try {
      const price = priceOf(await this.service.call("price", this.itemPath(itemId)));
      const [place, title] = ["price", "price-title"].map((id) => this.shadowRoot.getElementById(id));
      if (!price || !place) return;
      place.textContent = price;
      place.hidden = title.hidden = false;
    } catch {
      // the card is complete without it, and the item itself says why when it is opened
    }
  }

  async _suggest(text) {
    try {
      const { library, region, audience } = this._scope();
      const asked = query({ q: Array.from(text).slice(0, 200).join(""), limit: 8, library, region, audience });
      const found = await this.service.call("suggest", `/v1/suggest?${asked}`, { patience: 3000 });
      return found.suggestions.filter((entry) => typeof entry.text === "string" && typeof entry.title === "string");
    } catch {
      return null; // without suggestions one can still ask; asking shows what is wrong
    }
  }

  _build() {
    const root = this.begin(LOOK, ["context", "recipient"]);
    const list = el("ul", { id: "suggestions", role: "listbox", "aria-label": "联想", part: "suggestions", hidden: true });
    this._question = el("input", {
      id: "question", type: "text", maxlength: 500, enterkeyhint: "search", spellcheck: "false", autocomplete: "off",
      placeholder: this.getAttribute("placeholder") || "输入客户的问题、产品名、编码或拼音首字母",
      role: "combobox", "aria-label": "问题", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "suggestions", part: "input",
    });
    const form = el("form", { id: "ask", role: "search", autocomplete: "off" },
      el("div", { class: "box" }, this._question, list), el("button", { type: "submit", part: "button" }, "查询"));
    this._state = el("p", { id: "state", hidden: true });
    this._trouble = el("section", { class: "trouble", "aria-label": "没有查到", hidden: true });
    this._answer = el("section", { id: "answer", "aria-label": "答案", part: "answer", hidden: true });
    this._hits = el("section", { id: "hits", "aria-label": "检索结果", part: "hits", hidden: true });
    this._welcome = el("slot", {});
    root.append(form, el("div", { class: "below" }, this._state, this._trouble, this._answer, this._hits, this._welcome));
    this._box = combobox(this._question, list, {
      suggest: (text) => this._suggest(text),
      choose: (entry) => this.ask(entry.text),
      stop: () => this.service.cancel("suggest"),
      describe: (entry) => (entry.text === entry.title ? entry.code || "" : entry.title),
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask(this._question.value);
    });
    if (this.hasAttribute("autofocus")) this._question.focus();
  }
}
