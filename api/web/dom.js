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

/** One paragraph a line. */
export function lines(text, className) {
  return text.split("\n").filter((line) => line.trim()).map((line) => el("p", { class: className }, line));
}

/** A button that copies `text`; absent where the browser offers no clipboard (plain http from elsewhere). */
export function copyButton(text, label = "复制") {
  if (!navigator.clipboard) return null;
  const button = el("button", { type: "button", class: "small", onclick: copy }, label);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "已复制";
    } catch {
      button.textContent = "复制不了，请手动选取";
    }
    setTimeout(() => { button.textContent = label; }, 1500);
  }
  return button;
}
