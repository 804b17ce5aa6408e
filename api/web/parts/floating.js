// What floats over a page: a card beside an element, and dialogs that keep the focus and give it back.

import { el } from "./dom.js";

const BEFORE = 150; // milliseconds that a pointer rests before the card shows
const AFTER = 250; // milliseconds to move the pointer into the card
const GAP = 6; // pixels between element and card
const EDGE = 8; // pixels left free at the window's edge

/** A popup with show(beside, children), later(beside, fill), leave(), close() and the element it belongs to. */
export function popup() {
  const box = el("div", { id: "card", role: "dialog", "aria-labelledby": "card-title", hidden: true });
  let beside = null;
  let timer = 0;

  function place() {
    if (!beside || box.hidden) return;
    const at = beside.getBoundingClientRect();
    const room = { width: document.documentElement.clientWidth, height: document.documentElement.clientHeight };
    const below = room.height - at.bottom - GAP - EDGE;
    const above = at.top - GAP - EDGE;
    const under = below >= Math.min(box.scrollHeight, 260) || below >= above;
    box.style.maxHeight = `${Math.max(120, under ? below : above)}px`;
    box.style.left = `${Math.max(EDGE, Math.min(at.left, room.width - box.offsetWidth - EDGE))}px`;
    box.style.top = under ? `${at.bottom + GAP}px` : `${Math.max(EDGE, at.top - GAP - box.offsetHeight)}px`;
  }

  function show(element, children) {
    clearTimeout(timer);
    beside = element;
    box.replaceChildren(...children);
    box.hidden = false;
    box.scrollTop = 0;
    place();
  }

  function close() {
    clearTimeout(timer);
    const inside = box.contains(box.getRootNode().activeElement);
    if (inside && beside && beside.isConnected) beside.focus();
    box.hidden = true;
    beside = null;
  }

  function later(element, fill) {
    clearTimeout(timer);
    if (element !== beside) timer = setTimeout(fill, BEFORE);
  }

  function leave() {
    clearTimeout(timer);
    if (!box.hidden) timer = setTimeout(close, AFTER);
  }

  box.addEventListener("mouseenter", () => clearTimeout(timer));
  box.addEventListener("mouseleave", leave);
  box.addEventListener("toggle", place, true); // a facet was opened
  return { box, show, later, leave, close, place, stay: () => clearTimeout(timer), beside: () => beside };
}

/** A dialog with show(children, closed) and close(); Escape and a click beside it close it. */
export function modal(id) {
  const dialog = el("dialog", { id, "aria-labelledby": `${id}-title` });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  let before = null;
  let after = null;
  dialog.addEventListener("close", () => {
    if (dialog.open) return;
    if (document.activeElement === document.body) before.focus(); // where the browser did not
    if (after) after();
  });

  function show(children, closed = null) {
    after = closed;
    dialog.replaceChildren(
      el("button", { type: "button", class: "close", "aria-label": "关闭", onclick: () => dialog.close() }, "×"),
      ...children);
    const title = dialog.querySelector("h2");
    if (title) title.id = `${id}-title`;
    if (!dialog.open) {
      before = dialog.getRootNode().activeElement || document.activeElement;
      dialog.showModal();
    }
    dialog.scrollTop = 0;
  }

  return { dialog, show, close: () => dialog.close() };
}
