// Asking the service. Each purpose has one call under way; a newer one aborts the older.

const PATIENCE = 8000; // milliseconds that an answer may take
const IN_WORDS = {
  offline: "网络断开了，请检查网络",
  unreachable: "连不上知库服务，请检查网络或稍后再试",
  nonsense: "知库的回复看不懂，请稍后再试；一直这样请告诉管理员",
  busy: "知库正忙，请稍后再试",
  broken: "知库出错了，请稍后再试；一直这样请告诉管理员",
  unauthorized: "没有登录或登录已过期，请刷新页面重新登录",
};

/** Why there is no answer: `kind` for programs, the message for a clerk. */
export class Trouble extends Error {
  constructor(kind, message = IN_WORDS[kind], { code = "", traceId = "" } = {}) {
    super(traceId ? `${message}（编号 ${traceId}）` : message);
    this.kind = kind;
    this.code = code;
  }
}

/** What failed, for a clerk: a reply that cannot be shown is nonsense, whatever it stumbled over. */
export function troubleOf(error) {
  if (error instanceof Trouble) return error;
  console.error(error);
  return new Trouble("nonsense");
}

/** The service at one origin, spoken to with a token where the page is not its own. */
export class Service {
  /** `token` is a text or a function that gives one; pages of the service's own origin need none. */
  constructor(origin) {
    this.origin = origin;
    this.token = null;
    this._underWay = new Map();
  }

  /**
   * The reply's JSON (null without a body); throws `Trouble`, or an AbortError when a newer call came.
   * `seen(response)` gets the response before its content.
   */
  async call(purpose, path, { method = "GET", body, headers = {}, patience = PATIENCE, seen } = {}) {
    this.cancel(purpose);
    const controller = new AbortController();
    this._underWay.set(purpose, controller);
    let late = false;
    const timer = setTimeout(() => { late = true; controller.abort(); }, patience);
    try {
      const options = { method, headers: { ...headers }, signal: controller.signal };
      if (body !== undefined) {
        options.body = JSON.stringify(body);
        options.headers["Content-Type"] = "application/json";
      }
      return await this._answered(path, options, seen, true);
    } catch (error) {
      if (late) throw new Trouble("slow", `知库 ${patience / 1000} 秒没有回应，请再试一次`);
      throw error;
    } finally {
      clearTimeout(timer);
      if (this._underWay.get(purpose) === controller) this._underWay.delete(purpose);
    }
  }

  /** Aborts what is under way for a purpose. */
  cancel(purpose) {
    const controller = this._underWay.get(purpose);
    this._underWay.delete(purpose);
    if (controller) controller.abort();
  }

  /** The headers that say who asks. */
  async authorization(renewed = false) {
    const token = typeof this.token === "function" ? await this.token(renewed) : this.token;
    return token ? { Authorization: `Bearer ${token}` } : {};
  }

  async _answered(path, options, seen, mayRenew) {
    const known = { ...options.headers, ...(await this.authorization(!mayRenew)) };
    const response = await reached(this.origin + path, { ...options, headers: known });
    if (response.status === 401 && mayRenew && typeof this.token === "function")
      return this._answered(path, options, seen, false);
    if (seen) seen(response);
    return contentOf(response);
  }
}

async function reached(address, options) {
  try {
    return await fetch(address, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble(navigator.onLine ? "unreachable" : "offline");
  }
}

async function contentOf(response) {
  if (response.status === 204) return null;
  let content;
  try {
    content = await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    content = undefined;
  }
  if (response.ok) {
    if (content === null || typeof content !== "object") throw new Trouble("nonsense");
    return content;
  }
  const problem = content || {};
  const told = { code: problem.code, traceId: typeof problem.trace_id === "string" ? problem.trace_id : "" };
  const kind = kindOf(response.status);
  if (typeof problem.detail === "string") throw new Trouble(kind, problem.detail, told);
  throw new Trouble(kind, IN_WORDS[kind] || IN_WORDS.broken, told);
}

function kindOf(status) {
  if (status === 401) return "unauthorized";
  if (status === 429 || status === 503) return "busy";
  return status >= 500 ? "broken" : "refused";
}

/** A query string without empty values. */
export function query(values) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== "" && value !== null && value !== undefined) parameters.set(name, value);
  return parameters.toString();
}

const labels = new Map(); // origin → promise of what codes are called; asked once for all elements of a page

/** A function from a kind and a value to its name; the value itself where the names cannot be had. */
export async function namesOf(service) {
  if (!labels.has(service.origin)) labels.set(service.origin, service.call("labels", "/v1/labels"));
  try {
    const called = await labels.get(service.origin);
    const names = new Map();
    for (const [kind, entries] of Object.entries(called))
      for (const { value, label } of entries) names.set(`${kind}/${value}`, label);
    return (kind, value) => names.get(`${kind}/${value}`) || value;
  } catch {
    labels.delete(service.origin); // asked again with the next answer
    return (_, value) => value;
  }
}
