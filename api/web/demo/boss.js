// A believable order screen of a BOSS: its own catalogue of products, and Zhiku's two elements beside it.

import { el } from "../parts/dom.js";

const PLANS = [
  ["10010002", "全球通畅享套餐79元档"], ["10010004", "全球通畅享套餐129元档"], ["10050001", "任我享套餐99元档"],
  ["10050002", "任我享套餐159元档"], ["10032001", "全家享139元档"], ["10030003", "神州行轻松卡C"],
];
const PRODUCTS = [
  ["30010001", "10元1GB流量月包"], ["30010002", "5元1GB流量日包"], ["30010003", "20元3GB流量月包"],
  ["30010005", "9元15GB定向流量包"], ["30033001", "10元100分钟语音包"], ["30020001", "副卡业务"],
  ["30020002", "亲情网"], ["40032001", "悦享视听会员"], ["30040001", "港澳台漫游日包"], ["39999999", "新业务（试点）"],
];
const CAMPAIGNS = [
  ["60010001", "存100送100话费"], ["60010004", "合约购机24个月"], ["60010006", "会员首3月0元体验"], ["60010007", "升5G体验包"],
];
const DEVICES = [["80010002", "云鹿 Y5 手机"], ["80010005", "星禾 X7 手机"], ["80010007", "海蓝 H2 老人机"]];

const at = (id) => document.getElementById(id);
const form = at("order");
const search = at("search");
let orders = 0;

/** A choice as the order screen shows it: the box carries the code for the order, the name for the card. */
function offer(kind, name, [code, title]) {
  return el("label", {}, el("input", { type: kind, name, value: code, "data-zhiku-code": code }),
    el("span", { "data-zhiku-code": code, "data-zhiku-offer": true, tabindex: "0" }, title), el("small", {}, code));
}

function list(id, kind, name, products) {
  at(id).append(...products.map((product) => offer(kind, name, product)));
}

function newOrder() {
  orders += 1;
  const day = new Date();
  const two = (number) => String(number).padStart(2, "0");
  form.setAttribute("data-zhiku-order", `DEMO${day.getFullYear()}${two(day.getMonth() + 1)}${two(day.getDate())}-${two(day.getHours())}${two(day.getMinutes())}${two(day.getSeconds())}-${orders}`);
}

list("plans", "radio", "plan", PLANS);
list("products", "checkbox", "product", PRODUCTS);
list("campaigns", "checkbox", "campaign", CAMPAIGNS);
at("device").append(...DEVICES.map(([code, title]) => el("option", { value: code, "data-zhiku-code": code }, title)));
newOrder();

at("device").addEventListener("change", () => {
  const chosen = at("device").selectedOptions[0];
  at("device-code").replaceChildren(...(chosen.value
    ? [el("span", { "data-zhiku-code": chosen.value, "data-zhiku-offer": true }, chosen.textContent), " ", chosen.value] : []));
});

// what the clerk has before them is what a short question is about
form.addEventListener("change", ({ target }) => {
  if (target.checked || target === at("device")) search.setAttribute("boss-code", target.value);
});
search.recipient = at("number").value;
at("number").addEventListener("change", () => { search.recipient = at("number").value.trim(); });
search.context = { customer: { brand: "全球通" } };

form.addEventListener("submit", (event) => {
  event.preventDefault();
  at("result").textContent = `已受理（演示），单号 ${form.getAttribute("data-zhiku-order")}`;
  newOrder();
});
