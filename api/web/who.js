// Who is signed in, and the way out; nothing where no keys are asked for.

import { el } from "./parts/dom.js";

/** Fills `place` with the person of a sign-in and a button that ends it. */
export async function whoAmI(service, place) {
  try {
    const session = await service.call("session", "/v1/session");
    if (session.mode !== "session") return;
    const person = [session.staff, session.hall].filter(Boolean).join(" · ");
    place.replaceChildren(person, " ", el("button", { type: "button", class: "link", onclick: leave }, "退出登录"));
  } catch {
    // the page works without saying whose it is
  }

  async function leave() {
    try {
      await service.call("session", "/v1/session", { method: "DELETE" });
      location.reload();
    } catch (error) {
      place.replaceChildren(`没有退出：${error.message}`);
    }
  }
}
