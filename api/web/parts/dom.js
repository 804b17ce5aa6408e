// Building elements from text: nothing from a server ever becomes markup.

/** An element with properties (class, on…, aria-…, data-…) and children; empty children are left out. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/** Text with marked spans; spans count code points, not UTF-16 units. */
export function marked(text, spans) {
  const characters = Array.from(text);
  const parts = [];
  let from = 0;
  for (const [start, end] of spans) {
    parts.push(characters.slice(from, start).join(""));
    parts.push(el("mark", {}, characters.slice(start, end).join("")));
    from = end;
  }
  parts.push(characters.slice(from).join(""));
  return parts.filter((part) => part !== "");
}

/** Where `typed` stands in `text`, as a span of code points; none where it does not. */
export function spansOf(text, typed) {
  const wanted = Array.from(typed.toLowerCase());
  const characters = Array.from(text).map((character) => character.toLowerCase());
  for (let start = 0; wanted.length && start + wanted.length <= characters.length; start += 1)
    if (wanted.every((character, place) => characters[start + place] === character))
      return [[start, start + wanted.length]];
  return [];
}

export function lines(text, className) {
  return text.split("\n").filter((line) => line.trim()).map((line) => el("p", { class: className }, line));
}

/** A section with a heading; nothing where there is nothing to show. */
export function section(title, className, ...children) {
  const shown = children.flat().filter(Boolean);
  return shown.length ? el("section", { class: className }, el("h3", {}, title), shown) : null;
}

/** A section with a list of what `show` makes of each; nothing where there is nothing. */
export function listed(title, className, all, show) {
  return all && all.length ? section(title, className, el("ul", {}, all.map((one) => el("li", {}, show(one))))) : null;
}

/** Mobile numbers with their middle hidden, for what is shown and not sent. */
export function masked(text) {
  return text.replace(/(^|\D)(1[3-9]\d)\d{4}(\d{4})(?!\d)/g, "$1$2****$3");
}

/** A button that copies `text`, and says whether it could. */
export function copyButton(text, label = "复制", properties = {}) {
  const button = el("button", { type: "button", class: "small", ...properties, onclick: copy }, label);
  async function copy() {
    button.textContent = (await copied(text)) ? "已复制" : "复制不了，请手动选取";
    setTimeout(() => { button.textContent = label; }, 1500);
  }
  return button;
}

/** Puts `text` on the clipboard; false where the browser does not let us. */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedFromField(text); // plain http offers no clipboard object, but obeys this
  }
}

function copiedFromField(text) {
  const before = document.activeElement;
  const field = el("textarea", { "aria-hidden": "true", tabindex: "-1", readonly: true });
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  (document.querySelector("dialog[open]") || document.body).append(field);
  field.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    // said by the result
  }
  field.remove();
  if (before && before.focus) before.focus();
  return done;
}

/** A key that nobody else has, for what must be done once. */
export function onceKey() {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Tells the page around what happened; false where it took the matter over by `preventDefault()`. */
export function announce(element, name, detail = {}) {
  return element.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }));
}
