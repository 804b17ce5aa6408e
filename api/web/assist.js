// <zhiku-assist contact="…">: the panel beside a call. It shows and copies; only the agent sends.

import { answerCard, inShort } from "./parts/card.js";
import { announce, el, onceKey } from "./parts/dom.js";
import { ZhikuElement } from "./parts/element.js";
import { messengerOf } from "./parts/messages.js";
import { troubleOf } from "./parts/service.js";
import { listen } from "./parts/sse.js";

const LINES = 40; // of the dialogue on screen
const SPEAKERS = { customer: "客户", agent: "坐席" };
const KEYS = [["KeyC", "复制话术", '[data-copy="words"]'], ["KeyS", "发送第一条消息", "[data-send]"]];
const LOOK = `
:host { display: flex; flex-direction: column; gap: .75em; min-width: 0; }
.head { display: flex; flex-wrap: wrap; gap: .3em .9em; align-items: baseline; }
.head .state { margin-left: auto; }
.state.open { color: var(--green); } .state.waiting { color: var(--amber); }
#lines { max-height: 9.5em; overflow: auto; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: .5em .9em; font-size: .95em; }
#lines:empty { display: none; }
#lines .agent { color: var(--quiet); }
#lines b { font-weight: 600; margin-right: .4em; }
#ask { display: flex; gap: .5em; }
#ask input { flex: 1; min-width: 0; padding: .4em .7em; }
#answer { flex: 1; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: .9em 1.1em; min-width: 0; overflow: auto; }
.said.failed { color: var(--red); }
.asked { font-size: .95em; margin-bottom: .5em; }
.outcome { display: flex; flex-wrap: wrap; gap: .15em .75em; align-items: baseline; margin-bottom: .5em; color: var(--quiet); font-size: .9em; font-weight: 400; }
.outcome strong { padding: .1em .7em; border-radius: 99px; border: 1px solid currentColor; font-size: .95em; white-space: nowrap; }
.outcome.answered strong { color: var(--green); } .outcome.clarify strong { color: var(--blue); }
.outcome.handover strong { color: var(--amber); } .outcome.unknown strong { color: var(--red); }
.sure { margin-left: auto; }
.columns { display: flex; flex-wrap: wrap; gap: 1em 1.5em; }
.say { flex: 3 1 20em; } .beside { flex: 2 1 16em; }
.say, .beside { display: grid; grid-template-columns: minmax(0, 1fr); gap: .8em; align-content: start; min-width: 0; }
.choices { counter-reset: choice; } .choices button::before { counter-increment: choice; content: counter(choice) " "; color: var(--quiet); }
kbd { font: inherit; font-size: .85em; border: 1px solid var(--line); border-radius: 4px; padding: 0 .35em; background: var(--ground); }
`;

export class ZhikuAssist extends ZhikuElement {
  static get observedAttributes() { return ["contact"]; }

  constructor() {
    super();
    this._recipient = "";
    this._context = {};
    this._answered = null;
  }

  /** The customer's number, which the page has from the telephone system; it stays in the browser until sent to. */
  set recipient(number) {
    if (number === this._recipient) return; // what was sent stays sent
    this._recipient = number || "";
    if (this._answered) this._show(this._answered);
  }

  get recipient() { return this._recipient; }

  connectedCallback() {
    if (!this.shadowRoot) this._build();
    this._keys = (event) => this._pressed(event);
    document.addEventListener("keydown", this._keys);
    this._begin();
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this._keys);
    if (this._stream) this._stream.stop();
  }

  attributeChangedCallback(name, before, now) {
    if (this.shadowRoot && before !== now) this._begin();
  }

  get contact() { return this.getAttribute("contact") || ""; }

  /** Says what is known of the customer and the transaction: the `context` of `POST /v1/answer`. */
  async tell(context) {
    await this._post({ lines: [], context });
  }

  _begin() {
    if (this._stream) this._stream.stop();
    this._stream = null;
    this._answered = null;
    this._after = 0;
    this._context = {};
    this._lines.replaceChildren();
    this._answer.replaceChildren(el("p", { class: "quiet" }, this.contact ? "等客户开口，或者在上面输入问题。" : "没有通话。"));
    this._known.hidden = true;
    if (!this.contact) return;
    this._stream = listen(this.service, `${this._path}/events`, {
      event: (kind, content) => this._happened(kind, content),
      state: (state) => this._connection(state),
    });
  }

  get _path() { return `/v1/assist/${encodeURIComponent(this.contact)}`; }

  _connection(state) {
    this._state.className = `state ${state}`;
    this._state.textContent = state === "open" ? "● 已连接" : "○ 断开了，正在重连；仍可输入问题";
  }

  _happened(kind, content) {
    if (kind === "line") this._addLine(content);
    else if (kind === "context") this._knows(content);
    else if (kind === "answer" && content.after >= this._after) { // a slower answer to an earlier line comes too late
      this._after = content.after;
      this._take(content.answer);
    }
  }

  _addLine({ speaker, text }) {
    this._lines.append(el("p", { class: speaker }, el("b", {}, SPEAKERS[speaker] || speaker), text));
    while (this._lines.children.length > LINES) this._lines.firstChild.remove();
    this._lines.scrollTop = this._lines.scrollHeight;
  }

  /** The customer's situation, in words; why it matters stands in the answer. */
  _knows(context) {
    this._context = context;
    const customer = context.customer || {};
    const told = [customer.brand, customer.device, customer.tariff_sensitive && "资费敏感", customer.complaint_sensitive && "投诉敏感",
      customer.do_not_disturb && "免打扰", ...(customer.tags || []), context.region, context.boss_code && `业务 ${context.boss_code}`,
      customer.contacts && customer.contacts.length ? `近期接触 ${customer.contacts.length} 次` : ""].flat().filter(Boolean);
    this._known.replaceChildren(el("span", { class: "quiet" }, "客户"), ...told.flatMap((one) => [" ", el("span", { class: "tag" }, String(one))]));
    this._known.hidden = told.length === 0;
    announce(this, "zhiku-context", { context });
  }

  /** A line that knowledge says nothing about leaves the last answer where it is. */
  _take(answer) {
    if (answer.outcome === "unknown" && this._answered && this._answered.outcome !== "unknown") {
      this._note.textContent = `“${answer.query}”没有找到对应的知识，下面仍是上一个答案。`;
      return;
    }
    this._show(answer);
  }

  async _show(answer) {
    this._answered = answer;
    try {
      const on = await this._doings(answer);
      if (this._answered !== answer) return;
      this._answer.replaceChildren(el("p", { class: "asked quiet" }, `问：${answer.query}`), ...answerCard(answer, on));
      this._note.textContent = "";
      this.said.textContent = inShort(answer, on);
      this._answer.scrollTop = 0;
      announce(this, "zhiku-answered", { query: answer.query, answer });
    } catch (error) {
      this._note.textContent = troubleOf(error).message;
    }
  }

  async _doings(answer) {
    return {
      ...(await this.doings()),
      ask: (text) => this.ask(text),
      feedback: this.feedbackOn(answer),
      messenger: { ...messengerOf(this.service, this._recipient, () => this._context), oneStep: true },
    };
  }

  /** Asks in the agent's name; the answer comes with the events, like every other. */
  async ask(text) {
    await this._post({ lines: [{ speaker: "agent", text, ask: true }] });
  }

  async _post(body) {
    this._note.textContent = "";
    try {
      await this.service.call(`lines ${onceKey()}`, `${this._path}/lines`, { method: "POST", body });
    } catch (error) {
      if (error.name !== "AbortError") this._note.textContent = troubleOf(error).message;
      return false;
    }
    return true;
  }

  /** Alt with a key copies or sends; Alt with a digit chooses what was meant. */
  _pressed(event) {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.isComposing || event.repeat) return;
    const choice = /^Digit([1-9])$/.exec(event.code);
    const key = KEYS.find(([code]) => code === event.code);
    const target = choice ? this._answer.querySelectorAll(".choices button")[Number(choice[1]) - 1]
      : key && this._answer.querySelector(key[2]);
    if (!target || target.disabled) return;
    event.preventDefault();
    target.click();
  }

  _build() {
    const root = this.begin(LOOK, ["recipient"]);
    this._state = el("span", { class: "state", role: "status" });
    this._known = el("p", { id: "known", hidden: true });
    this._note = el("p", { class: "failed said", role: "status" });
    this._lines = el("section", { id: "lines", "aria-label": "对话", tabindex: "0" });
    this._answer = el("section", { id: "answer", "aria-label": "答案", tabindex: "0" });
    const field = el("input", { type: "text", maxlength: 500, "aria-label": "替客户问", placeholder: "替客户问一句", autocomplete: "off" });
    const form = el("form", { id: "ask" }, field, el("button", { type: "submit", class: "small" }, "问"));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const text = field.value.trim();
      if (text && this.contact && (await this._post({ lines: [{ speaker: "agent", text, ask: true }] }))) field.value = "";
    });
    root.append(
      el("div", { class: "head" }, this._known, el("span", { class: "quiet" }, KEYS.map(([code, does]) =>
        el("span", {}, el("kbd", {}, `Alt+${code.slice(3)}`), ` ${does} `))), this._state),
      el("div", {}, this._lines), el("div", {}, form, this._note), this._answer);
  }
}

if (!customElements.get("zhiku-assist")) customElements.define("zhiku-assist", ZhikuAssist);
