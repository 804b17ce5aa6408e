// <zhiku-follow>: knowledge follows the product codes of a page, helps with its screens, and warns before a submit.

import { Cards, followCard, helpView } from "./parts/cards.js";
import { codesOf, confirmView, mustSay, record, uncheckedView } from "./parts/confirm.js";
import { announce, el } from "./parts/dom.js";
import { ZhikuElement } from "./parts/element.js";
import { sheetOf } from "./parts/look.js";
import { modal, popup } from "./parts/floating.js";
import { troubleOf } from "./parts/service.js";

const OWN_KEYS = "a[href], button, input, select, textarea, summary";
const SETTLED = 40; // milliseconds without a new code before cards are asked for, all in one request
const CHOICES = "input, select, option"; // they say what an order is about; a card would cover what comes next
const BECOMES_BUTTON = "span, b, strong, em, code, i";
const LOOK = `
:host { display: contents; }
#card { position: fixed; z-index: 2147483000; width: 24rem; max-width: calc(100vw - 16px); overflow: hidden auto; background: var(--paper); color: var(--ink); border: 1px solid var(--line); border-radius: 10px; padding: .7rem .9rem; box-shadow: 0 8px 28px rgba(0, 0, 0, .25); display: grid; grid-template-columns: minmax(0, 1fr); gap: .5rem; font-size: .95rem; }
#card .short { font-size: 1.1em; }
#card details section { margin: .2rem 0 .4rem; }
#card details h3 { display: none; }
#card ol { padding-left: 1.4em; }
#help article + article { margin-top: 1.2em; border-top: 1px solid var(--line); padding-top: .8em; }
ul.must-say { display: grid; gap: .4em; margin: .8em 0; }
button.main { background: var(--blue); border-color: var(--blue); color: var(--on-blue); font-weight: 600; }
`;
// the page's own elements: only a mark that there is something to see
const MARKS = sheetOf(`
[data-zhiku-card="known"] { text-decoration: underline dotted; text-underline-offset: 3px; cursor: help; }
`);

export class ZhikuFollow extends ZhikuElement {
  constructor() {
    super();
    this._trouble = null;
    this._passed = new WeakSet(); // forms whose warnings were said
    this._listeners = [];
  }

  connectedCallback() {
    if (!this.shadowRoot) this._build();
    const scope = { region: this.getAttribute("region"), audience: this.getAttribute("audience") };
    this._cards = new Cards(this.service, scope);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, MARKS];
    this._listen();
    this._observer = new MutationObserver(() => this._soon());
    this._observer.observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: [this._attribute] });
    this._soon();
    record(this.service); // what is kept from earlier
  }

  disconnectedCallback() {
    this._observer.disconnect();
    clearTimeout(this._planned);
    for (const [target, name, act, options] of this._listeners) target.removeEventListener(name, act, options);
    this._listeners = [];
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== MARKS);
    this._popup.close();
  }

  get _attribute() { return this.getAttribute("attribute") || "data-zhiku-code"; }

  _build() {
    const root = this.begin(LOOK, []);
    this._popup = popup();
    this._help = modal("help");
    this._confirm = modal("confirm");
    root.append(this._popup.box, this._help.dialog, this._confirm.dialog);
  }

  _listen() {
    const on = (target, name, act, options) => {
      target.addEventListener(name, act, options);
      this._listeners.push([target, name, act, options]);
    };
    on(document, "mouseover", (event) => this._pointed(event));
    on(document, "focusin", (event) => this._focused(event));
    on(document, "click", (event) => this._clicked(event));
    on(document, "keydown", (event) => this._pressed(event), true);
    on(document, "submit", (event) => this._submitted(event), true);
    on(window, "resize", () => this._popup.place());
    on(document, "scroll", () => this._popup.place(), true);
    on(window, "online", () => this._soon());
  }

  // --- the codes of the page

  _soon() {
    clearTimeout(this._planned);
    if (document.readyState === "loading" || document.readyState === "interactive") {
      // scripts of the page may still be filling it
      addEventListener("load", () => this._soon(), { once: true });
      return;
    }
    this._planned = setTimeout(() => this._scan(), SETTLED);
  }

  async _scan() {
    const elements = [...document.querySelectorAll(`[${this._attribute}]`)];
    try {
      await this._cards.add(elements.map((element) => this._codeOf(element)).filter(Boolean));
      this._trouble = null;
    } catch (error) {
      if (error.name !== "AbortError") this._trouble = troubleOf(error); // said where a card is asked for
    }
    for (const element of elements) this._mark(element);
    announce(this, "zhiku-followed", { codes: elements.length, trouble: this._trouble ? this._trouble.kind : "" });
  }

  _mark(element) {
    const card = this._cards.known(this._codeOf(element));
    const state = card ? (card.found ? "known" : "none") : "";
    if ((element.getAttribute("data-zhiku-card") || "") === state) return;
    element.setAttribute("data-zhiku-card", state);
    if (state !== "known" || element.matches(`${OWN_KEYS}, [tabindex]`) || !element.matches(BECOMES_BUTTON) || element.closest("button, a, label")) return;
    element.setAttribute("tabindex", "0");
    element.setAttribute("role", "button");
    element.setAttribute("aria-haspopup", "dialog");
  }

  _codeOf(element) { return element.getAttribute(this._attribute).trim(); }

  _coded(event) {
    const start = event.target;
    const coded = start instanceof Element ? start.closest(`[${this._attribute}]`) : null;
    return coded && !coded.matches(CHOICES) ? coded : null;
  }

  // --- the card

  _pointed(event) {
    const element = this._coded(event);
    if (element) {
      if (element === this._popup.beside()) this._popup.stay();
      else this._popup.later(element, () => this._show(element));
    } else if (!event.composedPath().includes(this._popup.box)) this._popup.leave();
  }

  _focused(event) {
    if (event.target === this) return; // inside our own card
    const element = this._coded(event);
    const beside = this._popup.beside();
    // a focus that comes back from our card or dialog does not open the card again
    if (element && event.relatedTarget === this && (!beside || beside === element)) return;
    if (element) this._show(element);
    else if (beside) this._popup.close();
  }

  _clicked(event) {
    const element = this._coded(event);
    if (element) this._show(element);
    else if (!event.composedPath().includes(this)) this._popup.close();
  }

  async _show(element) {
    const code = this._codeOf(element);
    this._wanted = element;
    const known = this._cards.known(code);
    if (known) await this._draw(element, known);
    try {
      const card = await this._cards.fresh(code);
      if (this._wanted === element && card && card !== known) await this._draw(element, card);
    } catch (error) {
      if (known || error.name === "AbortError" || this._wanted !== element) return; // an older card is better than none
      this._popup.show(element, [el("h2", { id: "card-title" }, code), el("p", { class: "failed" }, troubleOf(error).message)]);
    }
  }

  async _draw(element, card) {
    const on = { ...(await this.doings()), missing: (code) => this._reported(code) };
    if (this._wanted !== element) return;
    this._popup.show(element, followCard(card, on));
    this._mark(element);
    this.said.textContent = card.found ? `${card.item.title}：${card.short}` : `${card.code} 还没有知识`;
  }

  async _reported(code) {
    try {
      await this._report({ kind: "missing", query: code });
      return "已记下，谢谢。";
    } catch (error) {
      return `没有记下：${troubleOf(error).message}`;
    }
  }

  async open(itemId) {
    this._popup.close();
    await super.open(itemId);
  }

  // --- keys

  _pressed(event) {
    if (event.isComposing) return;
    if (event.key === "F1" && event.ctrlKey) {
      event.preventDefault();
      this.help(event.composedPath()[0]);
    } else if (event.key === "Escape" && this._popup.beside()) {
      event.preventDefault();
      event.stopPropagation();
      this._wanted = null;
      this._popup.close();
    } else if ((event.key === "Enter" || event.key === " ") && event.target === this._popup.beside() && !event.target.matches(OWN_KEYS)) {
      event.preventDefault();
      const first = this._popup.box.querySelector("button, a, summary");
      if (first) first.focus();
    }
  }

  /** Opens the operating help of the screen that an element of the page belongs to. */
  async help(element) {
    const screen = this._screenOf(element);
    if (!screen) {
      this._help.show([el("h2", {}, "操作帮助"), el("p", {}, "这个页面没有写明是哪个界面，请在知库里搜界面名称。")]);
      return;
    }
    await this.opened(this._help, "help", `/v1/help/${encodeURIComponent(screen)}${this.reader && `?${this.reader}`}`, helpView);
  }

  _screenOf(element) {
    const near = element instanceof Element && element.closest("[data-zhiku-screen]");
    return near ? near.getAttribute("data-zhiku-screen") : this.getAttribute("screen") || "";
  }

  // --- before a submit

  _submitted(event) {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-zhiku-confirm")) return;
    if (this._passed.has(form)) {
      this._passed.delete(form);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    setTimeout(() => this._check(form, submitter)); // until the event is over, a form does not obey requestSubmit()
  }

  async _check(form, submitter) {
    if (this._checking) return; // an impatient second click
    this._checking = true;
    const codes = codesOf(form, this._attribute);
    let warnings;
    try {
      await this._cards.add(codes);
      warnings = mustSay(await Promise.all(codes.map((code) => this._cards.fresh(code))));
      if (codesOf(form, this._attribute).join() !== codes.join()) { // ticked while we asked
        setTimeout(() => this._check(form, submitter));
        return;
      }
    } catch (error) {
      const problem = troubleOf(error).message;
      this._confirm.show(uncheckedView(problem, () => this._check(form, submitter), () => this._pass(form, submitter)));
      announce(this, "zhiku-unchecked", { codes, problem });
      return;
    } finally {
      this._checking = false;
    }
    if (warnings.length === 0) {
      this._pass(form, submitter);
      return;
    }
    let open = true;
    const decide = (said) => {
      if (open) this._decided(form, submitter, codes, warnings, said);
      open = false;
    };
    this._confirm.show(confirmView(warnings, decide), () => decide(false)); // closing it is turning back
  }

  async _decided(form, submitter, codes, warnings, said) {
    const told = {
      order: form.getAttribute("data-zhiku-order") || "",
      screen: this._screenOf(form),
      codes,
      warnings: warnings.map(({ item_id, tip_id }) => ({ item_id, tip_id })),
      decision: said ? "acknowledged" : "turned_back",
    };
    const recorded = record(this.service, told);
    announce(this, "zhiku-decided", told);
    if (said) {
      await Promise.race([recorded, new Promise((go) => setTimeout(go, 1000))]); // kept by then, whatever comes
      this._pass(form, submitter);
    } else this._confirm.close();
  }

  _pass(form, submitter) {
    this._confirm.close();
    this._passed.add(form);
    form.requestSubmit(submitter && submitter.isConnected ? submitter : null);
    this._passed.delete(form); // an invalid form was not submitted
  }
}
