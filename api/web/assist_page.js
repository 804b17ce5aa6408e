// The page of the assist panel: which call it is about, and where messages would go.
// A telephone system opens /assist#contact=…&number=…; what stands behind # is sent to no server.

import { Service } from "./parts/service.js";
import { whoAmI } from "./who.js";

const at = (id) => document.getElementById(id);
const panel = at("assist");

function open() {
  const given = new URLSearchParams(location.hash.slice(1));
  at("contact").value = given.get("contact") || "";
  at("recipient").value = given.get("number") || "";
  panel.recipient = at("recipient").value;
  panel.setAttribute("contact", at("contact").value);
}

at("call").addEventListener("submit", (event) => {
  event.preventDefault();
  panel.recipient = at("recipient").value.trim();
  panel.setAttribute("contact", at("contact").value.trim());
});
addEventListener("hashchange", open);
open();
whoAmI(new Service(location.origin), at("who"));
