// The desk (工作台) below the box: common look-ups, favourites, what changed since the last shift, the catalogue.

import { el } from "./parts/dom.js";
import { namesOf, query, troubleOf } from "./parts/service.js";

const OWN = 8; // own look-ups shown
const CHANGES = { new: "新增", changed: "有修改", withdrawn: "停用", ends_soon: "快到期", begins_soon: "快生效" };
const PAGE = 20; // items of the catalogue at once

/** Fills the sections of `places` (lookups, favourites, changes, catalogue) and keeps them up to date. */
export class DeskView {
  constructor(service, search, places) {
    this._service = service;
    this._search = search;
    this._places = places;
    this._favourites = new Set();
  }

  /** Asks for everything again, for a scope of `{region, audience}`. */
  async refresh(scope) {
    this._scope = scope;
    this._label = await namesOf(this._service);
    // one after the other: what the clerk types meanwhile must not wait for all of them
    await this._mine();
    await this._changed();
    await this._browse({});
  }

  /** Writes down what was looked up; that it could not is no clerk's concern. */
  async lookedUp(text, itemId) {
    try {
      await this._service.call("lookup", "/v1/desk/lookups", { method: "POST", body: { query: text, ...(itemId ? { item_id: itemId } : {}) } });
      await this._mine();
    } catch {
      // the list of look-ups misses one
    }
  }

  /** A button for the dialog of an item that keeps it or lets it go. */
  favouriteButton(itemId) {
    const button = el("button", { type: "button", class: "small", onclick: () => this._toggle(itemId, button) });
    this._draw(button, itemId);
    return button;
  }

  _draw(button, itemId) {
    const kept = this._favourites.has(itemId);
    button.textContent = kept ? "★ 已收藏" : "☆ 收藏";
    button.setAttribute("aria-pressed", String(kept));
  }

  async _toggle(itemId, button) {
    const method = this._favourites.has(itemId) ? "DELETE" : "PUT";
    try {
      await this._service.call("favourite", `/v1/desk/favourites/${encodeURIComponent(itemId)}`, { method });
      await this._mine();
      this._draw(button, itemId);
    } catch (error) {
      if (error.name !== "AbortError") button.textContent = troubleOf(error).message;
    }
  }

  async _mine() {
    await this._fill(this._places.lookups, "常用查询", async () => {
      const desk = await this._service.call("desk", `/v1/desk?${query(this._scope)}`);
      this._favourites = new Set(desk.favourites.map((one) => one.item_id));
      this._fillFavourites(desk.favourites);
      return [
        this._questions("推荐", desk.curated.map((one) => [one.title || one.query, one.query])),
        this._questions("本厅常问", desk.hall_lookups.map((one) => [`${one.query}（${one.count} 人）`, one.query])),
        this._questions("我最近查的", desk.own_lookups.slice(0, OWN).map((one) => [one.query, one.query])),
      ];
    });
  }

  _questions(title, entries) {
    if (!entries.length) return null;
    return el("div", {}, el("h3", {}, title), el("ul", { class: "choices" }, entries.map(([shown, asked]) =>
      el("li", {}, el("button", { type: "button", class: "small", onclick: () => this._search.ask(asked) }, shown)))));
  }

  _fillFavourites(favourites) {
    this._places.favourites.replaceChildren(el("h2", {}, "我的收藏"), favourites.length
      ? el("ul", { class: "rows" }, favourites.map((one) => el("li", {}, this._opener(one.item_id, one.title),
        el("span", { class: "quiet" }, ` ${this._label("libraries", one.sub_library)}${one.available ? "" : " · 现在查不到了"}`))))
      : el("p", { class: "quiet" }, "打开一个条目，点“收藏”，就会留在这里。"));
  }

  async _changed() {
    await this._fill(this._places.changes, "上一班以来的变化", async () => {
      const found = await this._service.call("changes", `/v1/changes?${query({ ...this._scope, limit: 20 })}`);
      const since = new Date(found.since).toLocaleString("zh-CN", { dateStyle: "medium", timeStyle: "short" });
      return [el("p", { class: "quiet" }, `从 ${since} 起`), found.changes.length
        ? el("ul", { class: "rows" }, found.changes.map((one) => el("li", {}, el("span", { class: "tag" }, CHANGES[one.change] || one.change), " ",
          this._opener(one.item_id, one.title), el("span", { class: "quiet" }, ` ${one.summary}`))))
        : el("p", {}, "没有变化。")];
    });
  }

  async _browse({ library = "", category = "", after = "", before = [] }) {
    await this._fill(this._places.catalogue, "目录", async () => {
      const asked = { ...this._scope, library, category, after, limit: PAGE };
      const found = await this._service.call("catalogue", `/v1/catalogue?${query(asked)}`);
      const open = (to) => () => this._browse(to);
      const link = (text, to) => el("button", { type: "button", class: "link", onclick: open(to) }, text);
      const trail = [link("全部子库", {}), ...(library ? [" › ", link(this._label("libraries", library), { library })] : []),
        ...(category ? [` › ${(found.categories.find((one) => one.value === category) || { label: category }).label}`] : [])];
      const groups = (library ? (category ? [] : found.categories) : found.libraries).map((one) =>
        el("li", {}, el("button", { type: "button", class: "small", onclick: open(library ? { library, category: one.value } : { library: one.value }) }, `${one.label} ${one.count}`)));
      const items = [...before, ...(library ? found.items : [])];
      return [el("p", {}, trail), groups.length ? el("ul", { class: "choices" }, groups) : null,
        el("ul", { class: "rows" }, items.map((item) => el("li", {}, this._opener(item.item_id, item.title)))),
        library && found.next ? el("button", { type: "button", class: "small", onclick: open({ library, category, after: found.next, before: items }) }, `再看 ${PAGE} 条（共 ${found.total} 条）`) : null];
    });
  }

  _opener(itemId, title) {
    return el("button", { type: "button", class: "link", onclick: () => this._search.open(itemId) }, title);
  }

  async _fill(place, title, make) {
    try {
      const children = await make();
      place.replaceChildren(el("h2", {}, title), ...children.filter(Boolean));
    } catch (error) {
      if (error.name === "AbortError") return;
      place.replaceChildren(el("h2", {}, title), el("p", { class: "failed" }, troubleOf(error).message));
    }
  }
}
