// Server-sent events over fetch: an EventSource can carry no token.

const FIRST = 500; // milliseconds before the first try again
const SLOWEST = 15000;

/**
 * Listens until `stop()`. `on.event(kind, content)` gets each event once and in order, also after a break;
 * `on.state("open" | "waiting", trouble)` hears how the connection is.
 */
export function listen(service, path, on) {
  let last = "";
  let wait = FIRST;
  let stopped = false;
  let renew = false; // the token was refused: the next try asks for another one
  let controller = null;

  async function run() {
    while (!stopped) {
      controller = new AbortController();
      try {
        await once();
        wait = FIRST; // the service ended it on purpose
      } catch (error) {
        if (stopped) return;
        on.state("waiting", error);
      }
      await new Promise((go) => setTimeout(go, wait * (0.75 + Math.random() / 2))); // not all panels at once
      wait = Math.min(SLOWEST, wait * 2);
    }
  }

  async function once() {
    const headers = { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": last } : {}), ...(await service.authorization(renew)) };
    const response = await fetch(service.origin + path, { headers, signal: controller.signal, cache: "no-store" });
    renew = response.status === 401;
    if (!response.ok) throw new Error(`${response.status}`);
    on.state("open");
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      wait = FIRST;
      text += decoder.decode(value, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop();
      blocks.forEach(taken);
    }
  }

  function taken(block) {
    const fields = {};
    for (const line of block.split("\n")) {
      const colon = line.indexOf(": ");
      if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2);
    }
    if (!fields.data) return;
    last = fields.id || last;
    on.event(fields.event, JSON.parse(fields.data));
  }

  run();
  return {
    stop() {
      stopped = true;
      if (controller) controller.abort();
    },
  };
}
