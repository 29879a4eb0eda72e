// What is shown: the filters, the order, and who has to know when they change.

import { inScope, scopeName } from "./areas.js";
import { data, how, messageOf, nameOf, placeOf, projectOf, ruleOf, STATE, why } from "./data.js";
import { byId, count, el, later, safe, size, title } from "./words.js";

export const filter = { words: [], state: -1, rule: -1, volume: -1, problem: -1, scope: null };
export const order = { column: "", down: false };

// rows.within is all rows that the filters but the picture's let through;
// rows.shown is those of them in the part that the picture shows, in order.
export const rows = { within: new Uint32Array(0), shown: new Uint32Array(0) };

export const watchers = [];

// haystack is what a search looks through, made when it is first needed.
let haystacks = null;
function haystack(i) {
  haystacks ??= new Array(data.n);
  haystacks[i] ??= [
    data.path[i], placeOf(i), ruleOf(i), projectOf(i), data.file[i], data.exportID[i],
    data.states[data.state[i]], why(i), messageOf(i),
  ].join("\n").toLowerCase();
  return haystacks[i];
}

function passes(i) {
  return (filter.state < 0 || data.state[i] === filter.state) &&
    (filter.rule < 0 || data.rule.of[i] === filter.rule) &&
    (filter.volume < 0 || data.volume.of[i] === filter.volume) &&
    (filter.problem < 0 || data.problem[i] === filter.problem) &&
    filter.words.every((word) => haystack(i).includes(word));
}

// select keeps of a list of rows those that meet a condition.
export function select(from, meets) {
  const kept = new Uint32Array(from.length);
  let n = 0;
  for (const i of from) if (meets(i)) kept[n++] = i;
  return kept.slice(0, n);
}

const all = Uint32Array.from({ length: data.n }, (_, i) => i);

// refresh works out what is shown and tells everybody.
export function refresh() {
  rows.within = filtered() ? select(all, passes) : all;
  const scope = filter.scope;
  rows.shown = sorted(scope ? select(rows.within, (i) => inScope(scope, i)) : rows.within);
  for (const watch of watchers) watch();
}

const filtered = () => filter.words.length > 0 ||
  [filter.state, filter.rule, filter.volume, filter.problem].some((x) => x >= 0);

const keys = {
  state: (i) => data.state[i],
  path: nameOf,
  size: (i) => data.size[i],
  how,
  rule: ruleOf,
  location: placeOf,
  finished: (i) => data.finished[i] || data.started[i],
};

// ranks has for every column that was ever sorted by the place of each row, so
// that sorting again compares numbers.
const ranks = new Map();
function rank(column) {
  if (ranks.has(column)) return ranks.get(column);
  const values = Array.from(all, keys[column]);
  const by = Array.from(all).sort((a, b) => (values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : a - b));
  const places = new Uint32Array(data.n);
  let place = 0;
  by.forEach((i, k) => {
    if (k > 0 && values[i] !== values[by[k - 1]]) place = k;
    places[i] = place;
  });
  ranks.set(column, places);
  return places;
}

function sorted(list) {
  if (!order.column) return list;
  const places = rank(order.column);
  const sign = order.down ? -1 : 1;
  return list.slice().sort((a, b) => sign * (places[a] - places[b]) || a - b);
}

// setFilter changes filters. The text fields and lists follow.
export function setFilter(changes) {
  Object.assign(filter, changes);
  byId("f-state").value = filter.state;
  byId("f-rule").value = filter.rule;
  byId("f-volume").value = filter.volume;
  refresh();
}

function clearFilters() {
  byId("search").value = "";
  setFilter({ words: [], state: -1, rule: -1, volume: -1, problem: -1, scope: null });
}

function chips() {
  const list = byId("chips");
  list.replaceChildren();
  const chip = (text, changes) => {
    const button = el("button", { type: "button", "aria-label": "Remove the filter: " + text }, text + "  ×");
    button.addEventListener("click", () => {
      setFilter(changes);
      byId("search").focus();
    });
    list.append(el("li", {}, button));
  };
  if (filter.problem >= 0) chip("Why: " + safe(data.problems[filter.problem].title), { problem: -1 });
  if (filter.scope) chip("In " + scopeName(filter.scope), { scope: null });
  byId("clear").disabled = !filtered() && !filter.scope;
}

function tellCount() {
  let bytes = 0;
  for (const i of rows.shown) bytes += data.size[i];
  const of = rows.shown.length === data.n ? "" : " of " + count(data.n);
  byId("count").textContent = rows.shown.length === 0 ? "No file matches" :
    count(rows.shown.length) + of + (data.n === 1 ? " file, " : " files, ") + size(bytes);
}

function options(id, everything, names) {
  byId(id).append(el("option", { value: -1 }, everything),
    ...names.map(([value, name]) => el("option", { value }, name)));
}

export function startFilters() {
  const present = new Set(data.state);
  options("f-state", "All", data.states.map((s, i) => [i, title(s)]).filter(([i]) => present.has(i)));
  const named = (names) => names.map((name, i) => [i, safe(name) || "(none)"])
    .sort((a, b) => (a[1] < b[1] ? -1 : 1));
  options("f-rule", "All", named(data.rule.names));
  options("f-volume", "All", named(data.volume.names));
  for (const key of ["state", "rule", "volume"]) {
    byId("f-" + key).addEventListener("change", (e) => setFilter({ [key]: Number(e.target.value) }));
  }
  const search = later(() => {
    setFilter({ words: byId("search").value.toLowerCase().split(/\s+/).filter(Boolean) });
  }, 80);
  byId("search").addEventListener("input", search);
  byId("filters").addEventListener("submit", (e) => e.preventDefault());
  byId("filters").addEventListener("reset", (e) => {
    e.preventDefault();
    clearFilters();
    byId("search").focus();
  });
  document.addEventListener("click", follow);
  watchers.push(chips, tellCount);
}

// follow makes the page's links to files show those files.
function follow(e) {
  const link = e.target.closest("a[data-state], a[data-problem]");
  if (!link) return;
  const none = { words: [], state: -1, rule: -1, volume: -1, problem: -1, scope: null };
  byId("search").value = "";
  if (link.dataset.state) setFilter({ ...none, state: STATE[link.dataset.state] });
  if (link.dataset.problem) setFilter({ ...none, problem: Number(link.dataset.problem) });
}
