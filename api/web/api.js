// Calls of the API. Each purpose has one call under way; a newer one aborts the older.

const underWay = new Map();

/** The reply's JSON; throws an Error with a Chinese message, or an AbortError when a newer call came. */
export async function call(purpose, path, options = {}) {
  cancel(purpose);
  const controller = new AbortController();
  underWay.set(purpose, controller);
  let response;
  let content;
  try {
    response = await fetch(path, { ...options, signal: controller.signal });
    content = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("连不上知库服务，请检查网络后再试");
  } finally {
    if (underWay.get(purpose) === controller) underWay.delete(purpose);
  }
  if (!response.ok) throw new Error(`${content.detail}（编号 ${content.trace_id}）`);
  return content;
}

/** Aborts what is under way for a purpose. */
export function cancel(purpose) {
  underWay.get(purpose)?.abort();
  underWay.delete(purpose);
}

/** A query string without empty values. */
export function query(values) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== "") parameters.set(name, value);
  return parameters.toString();
}
