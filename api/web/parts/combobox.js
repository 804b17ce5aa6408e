// Suggestions while typing: WAI-ARIA combobox, silent while an input method composes.

import { el, marked, spansOf } from "./dom.js";

const WAIT = 30; // milliseconds of rest after the last key: what is under way is aborted by the next one
const KEPT = 50; // lists of suggestions remembered, so that deleting a letter shows at once what was there

/** Wires `input` and `list`; `suggest(text)` gives entries, `choose(entry)` takes the chosen one. */
export function combobox(input, list, { suggest, choose, stop, describe }) {
  let entries = [];
  let active = -1;
  let timer = 0;
  let composing = false;
  const kept = new Map();

  function close() {
    clearTimeout(timer);
    stop();
    entries = [];
    active = -1;
    list.hidden = true;
    list.replaceChildren();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function activate(place) {
    if (list.children[active]) list.children[active].setAttribute("aria-selected", "false");
    active = (place + entries.length + 1) % (entries.length + 1);
    if (active === entries.length) active = -1; // between last and first: nothing is chosen
    const option = list.children[active];
    if (!option) {
      input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  function show(found, typed) {
    entries = found;
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.replaceChildren(...found.map((entry, place) =>
      el("li", {
        id: `suggestion-${place}`,
        role: "option",
        "aria-selected": "false",
        // the input keeps the focus, so that the list is still there when the button comes up
        onmousedown: (event) => event.preventDefault(),
        onclick: () => pick(place),
      }, el("span", {}, marked(entry.text, spansOf(entry.text, typed))), el("small", {}, describe(entry)))));
    list.hidden = found.length === 0;
    list.scrollTop = 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
  }

  function pick(place) {
    const entry = entries[place];
    close();
    choose(entry);
  }

  function typed() {
    clearTimeout(timer);
    stop();
    if (composing) return;
    const text = input.value.trim();
    if (!text) close();
    else if (kept.has(text)) show(kept.get(text), text);
    else timer = setTimeout(() => look(text), WAIT);
  }

  async function look(text) {
    const found = await suggest(text);
    if (!found || composing || input.getRootNode().activeElement !== input) return;
    kept.set(text, found);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
    show(found, text);
  }

  function pressed(event) {
    if (composing || event.isComposing || event.keyCode === 229) {
      // an Enter or Escape of the input method is not ours, nor a form's or a dialog's around us
      event.stopPropagation();
      return;
    }
    const open = entries.length > 0;
    if (event.key === "ArrowDown" && open) activate(active + 1);
    else if (event.key === "ArrowUp" && open) activate(active < 0 ? entries.length - 1 : active - 1);
    else if (event.key === "ArrowDown") typed();
    else if (event.key === "Enter" && active >= 0) pick(active);
    else if (event.key === "Escape" && open) close();
    else return;
    event.preventDefault();
  }

  input.addEventListener("compositionstart", () => {
    composing = true;
    clearTimeout(timer);
    stop();
  });
  input.addEventListener("compositionend", () => { composing = false; typed(); });
  input.addEventListener("input", typed);
  input.addEventListener("keydown", pressed);
  input.addEventListener("blur", close);
  return { close, forget: () => kept.clear() };
}
