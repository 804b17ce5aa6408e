// What Zhiku's elements have in common: the service they ask, items in a dialog, and feedback.

import { announce, el } from "./dom.js";
import { itemView } from "./items.js";
import { look, sheetOf } from "./look.js";
import { modal } from "./floating.js";
import { namesOf, query, Service, troubleOf } from "./service.js";

export class ZhikuElement extends HTMLElement {
  constructor() {
    super();
    this.service = new Service(new URL(import.meta.url).origin);
    /** A function that gives further elements for the dialog of an item, by its id. */
    this.itemTools = this.itemTools || null; // set before the element was defined, perhaps
  }

  /** Where the token for another origin comes from: a text, or a function (renewed?) that gives one. */
  set token(given) { this.service.token = given; }

  /** Makes the shadow root; `early` are properties that a page may have set before the element was defined. */
  begin(css, early) {
    for (const name of ["token", ...early]) {
      if (!Object.prototype.hasOwnProperty.call(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    if (this.hasAttribute("src")) this.service.origin = new URL(this.getAttribute("src"), document.baseURI).origin;
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [look, sheetOf(css)];
    this.said = el("p", { class: "heard", role: "status" });
    this.item = modal("item");
    root.append(this.said, this.item.dialog);
    return root;
  }

  /** For whom an item is read. */
  get reader() {
    return query({ region: this.getAttribute("region"), audience: this.getAttribute("audience") });
  }

  /** Opens the whole item over the page. */
  async open(itemId) {
    const tools = this.itemTools ? this.itemTools(itemId) : [];
    if (await this.opened(this.item, "item", this.itemPath(itemId), (whole, on) => itemView(whole, { ...on, tools })))
      announce(this, "zhiku-opened", { itemId });
  }

  itemPath(itemId) { return `/v1/items/${encodeURIComponent(itemId)}${this.reader && `?${this.reader}`}`; }

  /** Shows in a dialog what a path gives, or why it gives nothing. */
  async opened(dialog, purpose, path, view) {
    try {
      const found = await this.service.call(purpose, path);
      dialog.show(view(found, await this.doings()));
      return true;
    } catch (error) {
      if (error.name !== "AbortError") dialog.show([el("h2", {}, "打不开"), el("p", { class: "failed" }, troubleOf(error).message)]);
      return false;
    }
  }

  /** What views can do and know. */
  async doings() {
    return {
      label: await namesOf(this.service),
      open: (itemId) => this.open(itemId),
      bossLink: this.getAttribute("boss-link"),
      act: (action, item) => announce(this, "zhiku-action", { action, item }),
    };
  }

  /** The function that stores what is said about an answer. */
  feedbackOn(answer) {
    return (kind, text) => this._report({
      kind, text, query: answer.query, item_id: answer.item && answer.item.id, facet: answer.facet, trace_id: answer.trace_id,
    });
  }

  /** Stores feedback; what is empty is left out. */
  async _report(told) {
    const body = Object.fromEntries(Object.entries(told).filter(([, value]) => value));
    await this.service.call("feedback", "/v1/feedback", { method: "POST", body });
    announce(this, "zhiku-feedback", told);
  }
}
