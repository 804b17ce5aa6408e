// Signing in. This page stands at the address of the one asked for, so afterwards it is loaded again:
// no address to return to is passed around, and none can be forged.

const form = document.querySelector("#signin");
const problem = document.querySelector("#problem");
const button = form.querySelector("button");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const filled = [...new FormData(form)].map(([name, value]) => [name, value.trim()]);
  problem.textContent = "";
  button.disabled = true;
  try {
    const told = await signIn(Object.fromEntries(filled.filter(([, value]) => value !== "")));
    if (told === "") location.reload();
    else refused(told);
  } finally {
    button.disabled = false;
  }
});

// From a link on another site the browser left the cookie out: who is signed in need not do it again.
const [arrival] = performance.getEntriesByType("navigation");
if (arrival?.type !== "reload")
  fetch("/v1/session").then((known) => { if (known.ok) location.reload(); }, () => {});

/** What is wrong, in Chinese; empty when signed in. */
async function signIn(filled) {
  try {
    const response = await fetch("/v1/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(filled),
    });
    if (response.ok) {
      const kept = (await fetch("/v1/session")).ok;
      return kept ? "" : "浏览器没有保存登录：请允许本站的 cookie；嵌在别的网站里时请直接打开知库，或用页面令牌";
    }
    const { detail, trace_id: trace } = await response.json();
    return `${detail}（编号 ${trace}）`;
  } catch {
    return "连不上知库服务，请检查网络后再试";
  }
}

function refused(told) {
  problem.textContent = told;
  form.elements.key.select();
}
