// The dashboard: asks the server's own endpoints and shows what they say. No library, nothing from outside, and no text
// of the cache is ever parsed as HTML.

const byId = (id) => document.getElementById(id);
const tokenKey = "deja-token";
let paused = false;

// Elements

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

function drawing(name, attributes, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

// A table is replaced only when it changed, so that a focused button or a selection stays where it is.
const shownRows = new Map();
function fill(id, rows, make) {
  const key = JSON.stringify(rows);
  if (shownRows.get(id) === key) return;
  shownRows.set(id, key);
  const body = byId(id).tBodies[0];
  const focused = body.contains(document.activeElement) ? document.activeElement.dataset.entry : undefined;
  body.replaceChildren(...(rows.length ? rows.map(make) : [element("tr", {}, element("td", { colspan: "9", class: "note" }, "Nothing yet."))]));
  if (focused) body.querySelector(`[data-entry="${CSS.escape(focused)}"]`)?.focus();
}

// Figures

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const dollars = (amount) => "$" + (amount >= 100 ? amount.toFixed(0) : amount >= 1 ? amount.toFixed(2) : amount === 0 ? "0" : amount.toPrecision(3));
const whole = (count) => count.toLocaleString("en-US");
const microseconds = (time) => time >= 1e6 ? `${(time / 1e6).toFixed(2)} s` : time >= 1e3 ? `${(time / 1e3).toFixed(1)} ms` : `${time.toFixed(0)} µs`;
const bytes = (count) => count >= 1 << 30 ? `${(count / (1 << 30)).toFixed(1)} GiB` : count >= 1 << 20 ? `${(count / (1 << 20)).toFixed(1)} MiB` : `${(count / 1024).toFixed(0)} KiB`;
function span(seconds) {
  if (seconds === undefined) return "–";
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

// The server

class Problem extends Error {
  constructor(status, detail) { super(detail); this.status = status; }
}

async function ask(path, options = {}) {
  const headers = {};
  const token = sessionStorage.getItem(tokenKey);
  if (token) headers.Authorization = `Bearer ${token}`;
  const reply = await fetch(path, { ...options, headers, cache: "no-store" });
  if (reply.ok) return reply;
  let detail = reply.statusText;
  try { detail = (await reply.json()).detail ?? detail; } catch { /* not a problem document */ }
  throw new Problem(reply.status, detail);
}

const read = async (path) => (await ask(path)).json();
const send = async (path, body) => (await ask(path, { method: "POST", body: JSON.stringify(body) })).json();

function withQuery(path, fields) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) if (value !== "" && value !== undefined) query.set(name, value);
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

const namespace = () => byId("namespace").value.trim();

// Overview

let last;
const rates = [];

function showStatistics(stats) {
  const now = performance.now();
  byId("avoided").textContent = dollars(stats.avoided.cost_usd);
  byId("avoided-note").textContent = `${whole(stats.avoided.prompt_tokens + stats.avoided.completion_tokens)} tokens` +
    (stats.avoided.unpriced_hits ? `, ${whole(stats.avoided.unpriced_hits)} hits unpriced` : "");
  byId("entry-count").textContent = whole(stats.entries);
  byId("entry-note").textContent = `${whole(stats.scopes)} scopes, ${bytes(stats.index_bytes)} of index`;
  const hits = stats.latency_us?.exact ?? stats.latency_us?.semantic;
  byId("latency").textContent = hits ? microseconds(hits.p50) : "–";
  byId("latency-note").textContent = hits ? `99 % under ${microseconds(hits.p99)}` : "no hit yet";
  byId("hit-rate").textContent = stats.lookups ? percent(stats.hit_rate) : "–";
  byId("hit-rate-note").textContent = `${whole(stats.hits)} of ${whole(stats.lookups)} lookups since the start`;
  if (last && stats.lookups >= last.lookups) {
    const asked = stats.lookups - last.lookups;
    byId("rate").textContent = (asked / ((now - last.now) / 1000)).toFixed(asked ? 1 : 0);
    if (asked) rates.push((stats.hits - last.hits) / asked);
    if (rates.length > 150) rates.shift();
    byId("rate-note").textContent = rates.length ? `lately ${percent(rates[rates.length - 1])} hits` : "";
  }
  last = { lookups: stats.lookups, hits: stats.hits, now };
  showSpark();
  showReasons(stats.misses);
}

function showSpark() {
  const plot = byId("spark");
  const points = rates.map((share, index) => `${rates.length > 1 ? (600 * index) / (rates.length - 1) : 300},${85 - 80 * share}`);
  plot.replaceChildren(drawing("polyline", { class: "line", points: points.join(" ") }));
  plot.setAttribute("aria-label", rates.length ? `Hit rate over time, lately ${percent(rates[rates.length - 1])}` : "Hit rate over time: no lookups yet");
}

function showReasons(misses) {
  const rows = Object.entries(misses).sort((a, b) => b[1] - a[1]).slice(0, 12);
  const most = Math.max(1, ...rows.map(([, count]) => count));
  byId("reasons").replaceChildren(...rows.map(([reason, count]) => element("li", {},
    element("span", {}, reason), element("meter", { min: "0", max: String(most), value: String(count), "aria-label": reason }), element("span", { class: "n" }, whole(count)))));
}

function showState(ready) {
  const pill = byId("state");
  pill.textContent = ready.detail ? `${ready.status}: ${ready.detail}` : ready.status;
  pill.className = `pill ${ready.status}`;
}

function showAlerts(alerts) {
  byId("alerts").replaceChildren(...alerts.map((alert) => element("p", { class: "alert" },
    element("b", {}, alert.code), alert.namespace ? ` in ${alert.namespace}` : "", `: ${alert.text} (since ${alert.since.slice(0, 16).replace("T", " ")} UTC)`)));
}

function showBudgets(budgets) {
  byId("budgets").hidden = budgets.length === 0;
  fill("budgets", budgets, (budget) => element("tr", {},
    element("td", {}, budget.namespace), element("td", {}, budget.user ?? "all"), element("td", {}, budget.period),
    element("td", { class: "n" }, dollars(budget.spent_usd)), element("td", { class: "n" }, dollars(budget.limit_usd)),
    element("td", {}, element("meter", { min: "0", max: "1", high: "0.8", low: "0.8", optimum: "0", value: String(budget.limit_usd > 0 ? Math.min(1, budget.spent_usd / budget.limit_usd) : 1) }),
      ` ${budget.limit_usd > 0 ? percent(budget.spent_usd / budget.limit_usd) : "spent"}`)));
}

// Matching

const outcomes = ["served", "unsure", "below_threshold", "guarded"];

function showHistogram(id, counts, bins, boundary, name) {
  const plot = byId(id);
  const totals = Array.from({ length: bins }, (_, bin) => outcomes.reduce((sum, outcome) => sum + counts[outcome][bin], 0));
  const most = Math.max(1, ...totals);
  const left = 30, width = 460, bottom = 140, height = 125;
  const nodes = [
    drawing("line", { class: "axis", x1: left, x2: left + width, y1: bottom, y2: bottom }),
    drawing("text", { x: left, y: bottom + 14, "text-anchor": "middle" }, "0"),
    drawing("text", { x: left + width / 2, y: bottom + 14, "text-anchor": "middle" }, "0.5"),
    drawing("text", { x: left + width, y: bottom + 14, "text-anchor": "middle" }, "1"),
    drawing("text", { x: left - 5, y: bottom - height + 8, "text-anchor": "end" }, String(most)),
  ];
  for (let bin = 0; bin < bins; bin += 1) {
    let top = bottom;
    for (const outcome of outcomes) {
      const tall = (height * counts[outcome][bin]) / most;
      if (tall === 0) continue;
      top -= tall;
      nodes.push(drawing("rect", { class: outcome, x: left + (width * bin) / bins + 0.5, y: top, width: width / bins - 1, height: tall }));
    }
  }
  if (boundary !== undefined) {
    const x = left + width * boundary;
    nodes.push(drawing("line", { class: "boundary", x1: x, x2: x, y1: bottom - height - 8, y2: bottom }));
    nodes.push(drawing("text", { x: x - 4, y: bottom - height - 2, "text-anchor": "end" }, `asked for: ${boundary.toFixed(3)}`));
  }
  plot.replaceChildren(...nodes);
  plot.setAttribute("aria-label", `${name}: ` + outcomes.map((outcome) => `${counts[outcome].reduce((a, b) => a + b, 0)} ${outcome.replace("_", " ")}`).join(", "));
}

function showMatching(picture) {
  byId("matching-empty").hidden = picture.count > 0;
  showHistogram("by-probability", picture.probability, picture.bins, picture.required_probability, "Probability");
  showHistogram("by-similarity", picture.similarity, picture.bins, undefined, "Cosine similarity");
}

// Lists

const entryButton = (id, text) => element("button", { type: "button", class: "link", "data-entry": id, onclick: () => inspect(id) }, text ?? id.slice(0, 10));
const promptOf = (item) => item.prompt !== undefined ? item.prompt : element("span", { class: "digest", title: "The digest of a prompt that the namespace does not show" }, item.digest);
const isRefusal = (lookup) => lookup.status === "miss" && (["unsure", "below_threshold"].includes(lookup.reason) || (lookup.reason ?? "").startsWith("guard:"));

let lookups = [];
function showRecent() {
  const wanted = byId("recent-filter").value;
  const rows = lookups.filter((lookup) => wanted === "" || (wanted === "refused" ? isRefusal(lookup) : wanted === "miss" ? lookup.status === "miss" : lookup.status === wanted || (wanted === "hit" && lookup.status === "stale")));
  fill("recent-table", rows.slice(0, 50), (lookup) => element("tr", {},
    element("td", { class: "n" }, lookup.at.slice(11, 19)),
    element("td", { class: `outcome ${isRefusal(lookup) ? "refused" : lookup.status === "stale" ? "hit" : lookup.status}` }, lookup.hit_type ? `${lookup.status}: ${lookup.hit_type}` : `${lookup.status}: ${lookup.reason}`),
    element("td", { class: "prompt" }, promptOf(lookup)), element("td", {}, lookup.namespace), element("td", {}, lookup.model ?? "–"),
    element("td", { class: "n" }, lookup.similarity?.toFixed(3) ?? "–"), element("td", { class: "n" }, lookup.probability?.toFixed(3) ?? "–"),
    element("td", { class: "n" }, microseconds(lookup.us)), element("td", {}, lookup.entry_id ? entryButton(lookup.entry_id) : "–")));
}

function showSubjects(id, prompts) {
  fill(id, prompts, (line) => element("tr", {},
    element("td", { class: "prompt" }, promptOf(line), " ", entryButton(line.entry_id, "entry")),
    element("td", { class: "n" }, whole(line.count)), element("td", { class: "n" }, dollars(line.usd))));
}

// Entries

let pageStart;
let hasShownEntries = false;
async function showEntries() {
  hasShownEntries = true;
  const fields = Object.fromEntries(new FormData(byId("search")));
  const page = await read(withQuery("/v1/entries", { ...fields, namespace: namespace(), after: pageStart, limit: 25 }));
  byId("entries-count").textContent = `${whole(page.matched)} ${page.matched === 1 ? "entry" : "entries"}, the youngest first`;
  fill("entries-table", page.entries, (entry) => element("tr", {},
    element("td", {}, entryButton(entry.entry_id, entry.entry_id)), element("td", { class: "prompt" }, promptOf(entry)),
    element("td", {}, entry.namespace), element("td", {}, entry.model ?? "–"), element("td", {}, entry.tags.join(", ")),
    element("td", { class: "n" }, span(entry.age_s)), element("td", { class: "n" }, entry.ttl_s === undefined ? "no end" : span(entry.ttl_s)),
    element("td", {}, element("button", { type: "button", class: "danger", "data-entry": `delete-${entry.entry_id}`, "aria-label": `Delete ${entry.entry_id}`, onclick: () => inspect(entry.entry_id, true) }, "Delete"))));
  byId("first").hidden = pageStart === undefined;
  byId("next").hidden = page.next === undefined;
  byId("next").onclick = () => { pageStart = page.next; attempt(showEntries); };
}

let inspected;
async function inspect(id, toDelete = false) {
  inspected = id;
  byId("detail-fields").replaceChildren();
  byId("detail-response").textContent = "";
  byId("delete").hidden = false;
  byId("delete").textContent = "Delete this entry";
  byId("detail-result").textContent = "reading …";
  byId("detail").showModal();
  try {
    const entry = await read(`/v1/entries/${id}`);
    const { response, ...fields } = entry;
    byId("detail-fields").replaceChildren(...Object.entries(fields).flatMap(([name, value]) => [
      element("dt", {}, name), element("dd", {}, typeof value === "object" ? JSON.stringify(value) : String(value))]));
    byId("detail-response").textContent = typeof response === "string" ? response : JSON.stringify(response, undefined, 2);
    byId("detail-result").textContent = "";
    if (toDelete) byId("delete").focus();
  } catch (problem) {
    byId("delete").hidden = true;
    byId("detail-result").textContent = problem.message;
  }
}

async function deleteInspected() {
  const button = byId("delete");
  if (button.textContent !== "Really delete it") {
    button.textContent = "Really delete it";
    return;
  }
  try {
    await ask(`/v1/entries/${inspected}`, { method: "DELETE" });
    byId("detail-result").textContent = "Deleted.";
    button.hidden = true;
    await showEntries();
  } catch (problem) { byId("detail-result").textContent = problem.message; }
}

// Invalidation

function conditions() {
  const fields = Object.fromEntries([...new FormData(byId("invalidation"))].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value !== ""));
  if (fields.tags) fields.tags = fields.tags.split(",").map((tag) => tag.trim()).filter((tag) => tag !== "");
  if (fields.older_than_s) fields.older_than_s = Number(fields.older_than_s);
  return fields;
}

async function tryInvalidation() {
  const tried = conditions();
  const reply = await send("/v1/invalidate", { ...tried, dry_run: true });
  byId("invalidation-result").replaceChildren(`Would remove ${whole(reply.matched)} ${reply.matched === 1 ? "entry" : "entries"}. `,
    ...reply.sample.slice(0, 5).flatMap((id) => [entryButton(id), " "]));
  const button = byId("remove");
  button.hidden = reply.matched === 0;
  button.textContent = `Remove ${whole(reply.matched)}`;
  button.onclick = () => attempt(async () => {
    const done = await send("/v1/invalidate", tried);
    byId("invalidation-result").textContent = `Removed ${whole(done.removed)} of ${whole(done.matched)}.`;
    button.hidden = true;
    await showEntries();
  }, "invalidation-result");
}

// Report

async function download() {
  const fields = Object.fromEntries(new FormData(byId("report-form")));
  const reply = await ask(withQuery("/v1/report", { ...fields, namespace: namespace() }));
  const address = URL.createObjectURL(await reply.blob());
  const ending = fields.format === "markdown" ? "md" : fields.format;
  element("a", { href: address, download: `deja-report-${fields.since}.${ending}` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  byId("report-result").textContent = "Downloaded.";
}

// Running

async function attempt(work, place = "state") {
  try {
    await work();
  } catch (problem) {
    if (problem.status === 401 || problem.status === 403) return askForToken(problem);
    const target = byId(place);
    target.textContent = problem instanceof Problem ? problem.message : "the server does not answer";
    if (place === "state") target.className = "pill lost";
  }
}

function askForToken(problem) {
  byId("login").hidden = false;
  byId("main").hidden = true;
  byId("forget").hidden = true;
  if (sessionStorage.getItem(tokenKey)) {
    sessionStorage.removeItem(tokenKey);
    byId("login-problem").textContent = problem.message;
  }
  if (document.activeElement !== byId("token")) byId("token").focus();
}

async function refresh() {
  // 503 says "starting": a state like any other.
  showState(await (await fetch("/readyz", { cache: "no-store" })).json());
  const name = namespace();
  showStatistics(await read("/v1/stats"));
  byId("forget").hidden = sessionStorage.getItem(tokenKey) === null;
  const [recent, picture, budgets] = await Promise.all([
    read(withQuery("/v1/recent", { namespace: name, limit: 500 })), read(withQuery("/v1/matching", { namespace: name })), read(withQuery("/v1/budgets", { namespace: name }))]);
  lookups = recent.lookups;
  showRecent();
  showMatching(picture);
  showBudgets(budgets.budgets);
}

async function refreshSlowly() {
  const name = namespace();
  const [alerts, saved, missed] = await Promise.all([
    read("/v1/alerts"), read(withQuery("/v1/saved", { namespace: name, limit: 10 })), read(withQuery("/v1/nearmisses", { namespace: name, limit: 10 }))]);
  showAlerts(alerts.alerts);
  showSubjects("saved", saved.prompts);
  showSubjects("nearmisses", missed.prompts);
}

async function run() {
  for (let turn = 0; ; turn += 1) {
    const mayAsk = byId("login").hidden && !paused && !document.hidden;
    if (mayAsk) {
      await attempt(refresh);
      if (turn % 5 === 0 && byId("login").hidden) await attempt(refreshSlowly);
      if (!hasShownEntries && byId("login").hidden) await attempt(showEntries, "entries-count");
    }
    await new Promise((resume) => setTimeout(resume, 2000));
  }
}

function onSubmit(id, work, place) {
  byId(id).addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(work, place);
  });
}

onSubmit("search", async () => { pageStart = undefined; await showEntries(); }, "entries-count");
onSubmit("invalidation", tryInvalidation, "invalidation-result");
onSubmit("report-form", download, "report-result");
onSubmit("login", async () => {
  sessionStorage.setItem(tokenKey, byId("token").value);
  byId("token").value = "";
  await read("/v1/stats");
  byId("login-problem").textContent = "";
  byId("login").hidden = true;
  byId("main").hidden = false;
  await refresh();
  await refreshSlowly();
  await showEntries();
});
byId("invalidation").addEventListener("input", () => { byId("remove").hidden = true; });
byId("recent-filter").addEventListener("change", showRecent);
byId("namespace").addEventListener("change", () => attempt(async () => { pageStart = undefined; await refresh(); await refreshSlowly(); await showEntries(); }));
byId("first").addEventListener("click", () => { pageStart = undefined; attempt(showEntries); });
byId("delete").addEventListener("click", deleteInspected);
byId("forget").addEventListener("click", () => { sessionStorage.removeItem(tokenKey); location.reload(); });
byId("pause").addEventListener("click", (event) => {
  paused = !paused;
  event.target.setAttribute("aria-pressed", String(paused));
  event.target.textContent = paused ? "Go on" : "Pause";
});
run();
