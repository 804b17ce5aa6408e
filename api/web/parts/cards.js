// The cards of a page's product codes: few requests, and none while the browser may keep the reply.

import { tips } from "./card.js";
import { el } from "./dom.js";
import { actions, facetView, itemButton, saleStatus, validity } from "./items.js";
import { query, Trouble } from "./service.js";

const AT_ONCE = 200; // codes that one request may name
const SHORTEST = 5; // seconds that a card is kept whatever the service says

/** Cards by code for one service and scope (`{region, audience}`). */
export class Cards {
  constructor(service, scope) {
    this._service = service;
    this._scope = scope;
    this._pages = new Map(); // code → the request that it belongs to
  }

  /** Fetches the cards of codes that were not asked for yet; rejects with `Trouble`. */
  async add(codes) {
    // sorted: the same page makes the same address, and the browser's cache knows it
    const fresh = [...new Set(codes)].filter((code) => [...code].length < 65 && !this._pages.has(code)).sort();
    const pages = [];
    for (let from = 0; from < fresh.length; from += AT_ONCE) {
      const page = { codes: fresh.slice(from, from + AT_ONCE), cards: new Map(), until: 0 };
      for (const code of page.codes) this._pages.set(code, page);
      pages.push(page);
    }
    await Promise.all(pages.map((page) => this._fetch(page).catch((error) => {
      for (const code of page.codes) this._pages.delete(code); // asked again next time
      throw error;
    })));
  }

  /** The card that is known of a code, however old. */
  known(code) {
    const page = this._pages.get(code);
    return page ? page.cards.get(code) : undefined;
  }

  /** A card that is fresh; what grew old is asked for again with its page, which mostly costs a 304. */
  async fresh(code) {
    const page = this._pages.get(code);
    if (!page) await this.add([code]);
    else if (Date.now() >= page.until) await this._fetch(page);
    const card = this.known(code);
    if (!card) throw new Trouble("nonsense"); // a reply that leaves a code out says nothing about it
    return card;
  }

  _fetch(page) {
    if (!page.underWay) page.underWay = this._ask(page).finally(() => { page.underWay = null; });
    return page.underWay;
  }

  async _ask(page) {
    let seconds = 0;
    const found = await this._service.call(`follow ${page.codes[0]}`, `/v1/follow?${query({ codes: page.codes.join(","), ...this._scope })}`, {
      seen: (response) => {
        const told = /max-age=(\d+)/.exec(response.headers.get("cache-control") || "");
        seconds = Math.max(SHORTEST, told ? Number(told[1]) - Number(response.headers.get("age") || 0) : 0);
      },
    });
    for (const card of found.cards) page.cards.set(card.code, card);
    page.until = Date.now() + seconds * 1000;
  }
}

/** Children of the floating card; `on` is as for the answer card, with missing(code) to report a gap. */
export function followCard(card, on) {
  if (!card.found) return missingCard(card.code, on);
  const { item } = card;
  return [
    el("h2", { id: "card-title" }, itemButton(item.id, item.title, on)),
    el("p", { class: "quiet" }, [card.code, saleStatus(item, on), validity(item)].filter(Boolean).join(" · ")),
    el("p", { class: "short" }, card.short),
    tips(card.tips, "必须先告知", true),
    ...card.facets.map((facet) => el("details", {}, el("summary", {}, facet.label), facetView(facet, on))),
    actions(card.actions, item, on),
    tips(card.tips, "提示", false),
    el("p", {}, el("button", { type: "button", class: "small", onclick: () => on.open(item.id) }, "查看全文")),
  ].filter(Boolean);
}

function missingCard(code, on) {
  const said = el("span", { role: "status" });
  return [
    el("h2", { id: "card-title" }, code),
    el("p", {}, "这个编码还没有知识。"),
    el("p", {}, el("button", {
      type: "button", class: "small",
      onclick: async () => { said.textContent = await on.missing(code); },
    }, "报告缺失"), " ", said),
  ];
}

/** Children of the dialog with a screen's operating help. */
export function helpView(help, on) {
  return [el("h2", {}, `界面 ${help.screen} 的操作帮助`), ...help.items.map((entry) => el("article", {},
    el("h3", {}, itemButton(entry.item.id, entry.item.title, on)),
    ...entry.facets.map((facet) => facetView(facet, on))))];
}
