// Messages for the customer: previewed, filled in by hand where something is open, copied or sent.

import { copyButton, el, lines, masked, onceKey, section } from "./dom.js";

const SENDABLE = ["sms", "mms"];

/**
 * The messages of an answer. `on.messenger` knows how to render(message, values), and, where there is
 * somebody to send to, `recipient` and send(message, values, key).
 */
export function messages(answer, on) {
  const reasons = new Map((answer.fit ? answer.fit.reasons : []).map((one) => [one.template_id, one.text]));
  return section("可以发给客户", "messages", answer.push.map((message) =>
    messageView(message, reasons.get(message.template_id), on)));
}

/** One message, with what is still to be filled in. */
export function messageView(message, reason, on) {
  const head = el("p", { class: "quiet" });
  const bubble = el("div", { class: "bubble" });
  const buttons = el("div", { class: "buttons" });
  const said = el("p", { role: "status", class: "said" });
  const values = {};

  /** Shows what would arrive; only a whole text can be copied or sent. */
  function show(text, segments, open) {
    head.replaceChildren(...[
      el("span", { class: "tag" }, on.label("channels", message.channel)), ` ${message.title} `,
      segments ? `共 ${segments} 条` : "",
      open.length ? el("span", { class: "open" }, ` 还要填：${open.join("、")}`) : ""].filter(Boolean));
    bubble.replaceChildren(...lines(masked(text), "line"));
    buttons.replaceChildren(...(open.length ? [] : [copyButton(text, "复制", { "data-copy": "message" }),
      sendButton(message, values, said, on)].filter(Boolean)));
  }

  show(message.preview, message.segments, message.missing.map((name) => nameOf(message, name)));
  return el("article", { "data-template": message.template_id },
    head, reason ? el("p", { class: "quiet" }, reason) : null, bubble,
    message.blanks.length ? fillIn(message, values, { show, said }, on) : null, buttons, said);
}

function nameOf(message, name) {
  const blank = message.blanks.find((one) => one.name === name);
  return blank ? blank.label : name;
}

function fillIn(message, values, { show, said }, on) {
  const form = el("form", { class: "blanks", autocomplete: "off" },
    message.blanks.map((blank) => el("label", {}, blank.label, el("input", {
      type: blank.type === "PHONE" ? "tel" : "text", name: blank.name, required: true, maxlength: blank.max_length,
      placeholder: blank.example ? `例：${blank.example}` : "",
    }))),
    el("button", { type: "submit", class: "small" }, "填好了"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    said.textContent = "";
    const filled = Object.fromEntries([...form.querySelectorAll("input")].map((field) => [field.name, field.value.trim()]));
    try {
      const whole = await on.messenger.render(message, filled);
      Object.assign(values, filled); // what is sent is what is shown
      show(whole.text || whole.fallback || textOf(whole), whole.segments ? whole.segments.length : 0, []);
      said.textContent = whole.warnings.join("；");
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = error.message;
    }
  });
  return form;
}

function textOf(whole) {
  return (whole.parts || []).map((part) => part.text).filter(Boolean).join("\n");
}

const keys = new Map(); // what is sent again after a doubt goes once

function keyOf(content) {
  if (!keys.has(content)) keys.set(content, onceKey());
  return keys.get(content);
}

/**
 * Sends in two steps: the second names the masked number; in one step where that stands there already. The
 * same key is used until it is accepted, so that nothing goes twice.
 */
function sendButton(message, values, said, on) {
  const { recipient, send, oneStep } = on.messenger;
  if (!recipient || !SENDABLE.includes(message.channel)) return null;
  const content = JSON.stringify([message.template_id, message.item_id, recipient, values]);
  const key = keyOf(content);
  const label = oneStep ? `发给 ${masked(recipient)}` : "发送";
  const button = el("button", { type: "button", class: "small send", "data-send": "message", onclick: press }, label);
  let asked = Boolean(oneStep);

  async function press() {
    if (!asked) {
      asked = true;
      button.textContent = `确认发给 ${masked(recipient)}`;
      return;
    }
    button.disabled = true;
    said.textContent = "正在提交…";
    try {
      const accepted = await send(message, values, key);
      keys.delete(content); // the same again is a further message
      button.textContent = "已提交";
      said.textContent = `已存入待发队列，${timeOf(accepted.at)} 起发出（编号 ${accepted.message_id}）`;
    } catch (error) {
      button.disabled = false;
      asked = Boolean(oneStep);
      button.textContent = label;
      said.textContent = error.kind === "refused" ? `不能发：${error.message}` : `没有提交：${error.message}`;
    }
  }

  return button;
}

function timeOf(moment) {
  const at = new Date(moment);
  const two = (number) => String(number).padStart(2, "0");
  const day = at.toDateString() === new Date().toDateString() ? "" : `${at.getMonth() + 1}月${at.getDate()}日 `;
  return `${day}${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** Renders and, where `recipient` is known, sends for a service; `context()` gives region and customer. */
export function messengerOf(service, recipient, context) {
  const offered = (message, values) => ({
    template_id: message.template_id,
    channel: message.channel,
    item_id: message.item_id,
    values,
    region: context().region || "",
  });
  return {
    recipient,
    render: (message, values) =>
      service.call(`render ${message.template_id}`, "/v1/push/render", { method: "POST", body: offered(message, values) }),
    send: (message, values, key) =>
      service.call(`send ${message.template_id}`, "/v1/push/messages", {
        method: "POST",
        headers: { "Idempotency-Key": key },
        body: { ...offered(message, values), number: recipient, customer: context().customer || {} },
      }),
  };
}
