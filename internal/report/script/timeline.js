// How a run went: files submitted and ended over time, and the requests left.

import { data } from "./data.js";
import { paper, redraws } from "./print.js";
import { byId, clock, count, counted, duration, el, safe, size, stamp, svg, title } from "./words.js";

const chart = { run: null, at: -1, scale: null };

export function startTimeline() {
  const section = byId("timeline");
  if (data.runs.length === 0) {
    byId("chart").append(el("p", { class: "hint" }, "No file has a time on record yet."));
    byId("run-field").hidden = true;
    section.querySelector("details").hidden = true;
    return;
  }
  const select = byId("run");
  data.runs.forEach((run, k) => select.append(el("option", { value: k }, stamp(run.from, 16) + " · " + counted(run.files, "file"))));
  byId("run-field").hidden = data.runs.length === 1;
  select.addEventListener("change", () => {
    chart.at = -1;
    drawTimeline();
  });
  let width = 0;
  new ResizeObserver(() => {
    if (byId("chart").clientWidth !== width && !paper.printing) {
      width = byId("chart").clientWidth;
      drawTimeline();
    }
  }).observe(byId("chart"));
  redraws.push(drawTimeline);
}

// running is the sums of a list up to each place.
function running(list) {
  let sum = 0;
  return list.map((n) => (sum += n));
}

export function drawTimeline() {
  if (data.runs.length === 0) return;
  const run = data.runs[Number(byId("run").value)];
  chart.run = run;
  chart.sums = { submitted: running(run.submitted), completed: running(run.completed), failed: running(run.failed), moved: running(run.moved) };
  const width = Math.max(byId("chart").clientWidth, 280);
  const left = 12 + 8 * count(Math.max(nice(Math.max(run.files, 1)), ...(run.budget ?? []).map((b) => b.limit))).length;
  const box = { left, right: width - 14, top: 12, bottom: 222 };
  const bins = run.submitted.length;
  const end = run.from + bins * run.step;
  const most = Math.max(run.files, 1);
  chart.scale = {
    x: (t) => box.left + ((box.right - box.left) * (t - run.from)) / (end - run.from),
    y: (n) => box.bottom - ((box.bottom - box.top) * n) / nice(most),
  };
  const strip = run.budget ? { top: 272, bottom: 332 } : null;
  const height = strip ? 344 : 248;
  const root = svg("svg", {
    viewBox: "0 0 " + width + " " + height, tabindex: "0", role: "slider", "aria-label": "Files submitted and ended over time",
    "aria-valuemin": 0, "aria-valuemax": bins - 1,
  });
  axes(root, run, box, height, end);
  waits(root, run, box);
  curves(root, run, box);
  if (strip) requests(root, run, box, strip);
  root.append(svg("line", { class: "cursor", y1: box.top, y2: strip ? strip.bottom : box.bottom, visibility: "hidden" }));
  byId("chart").replaceChildren(root);
  root.addEventListener("keydown", onChartKey);
  root.addEventListener("pointermove", (e) => {
    const rect = root.getBoundingClientRect();
    const x = ((e.clientX - rect.left) * width) / rect.width;
    point(Math.round(((x - box.left) / (box.right - box.left)) * bins - 0.5));
  });
  sum(run, end);
  table(run);
  point(chart.at < 0 ? bins - 1 : chart.at, chart.at < 0);
}

// nice is the next number that an axis can end with.
function nice(n) {
  const unit = 10 ** Math.floor(Math.log10(n));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map((k) => Math.ceil(k * unit)).find((k) => k >= n);
}

function axes(root, run, box, height, end) {
  const top = nice(Math.max(run.files, 1));
  for (const share of [0, 0.5, 1]) {
    const y = chart.scale.y(top * share);
    root.append(svg("line", { class: share ? "grid" : "axis", x1: box.left, x2: box.right, y1: y, y2: y }));
    if (Number.isInteger(top * share)) {
      root.append(svg("text", { x: box.left - 8, y: y + 4, "text-anchor": "end" }, count(top * share)));
    }
  }
  ticks(run.from, end, box.right - box.left).forEach(([t, text], k, list) => {
    const x = chart.scale.x(t);
    root.append(svg("line", { class: "grid", x1: x, x2: x, y1: box.top, y2: box.bottom + 5 }));
    const anchor = k === list.length - 1 && x > box.right - 30 ? "end" : k === 0 && x < box.left + 30 ? "start" : "middle";
    root.append(svg("text", { x, y: box.bottom + 20, "text-anchor": anchor }, text));
  });
}

// ticks are round times on an axis, and how they are written.
function ticks(from, end, width) {
  const room = Math.max(Math.floor(width / 110), 2);
  const units = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000, 31536000];
  const unit = units.find((u) => (end - from) / u <= room) ?? Math.ceil((end - from) / room);
  const list = [];
  for (let t = Math.ceil(from / unit) * unit; t <= end; t += unit) {
    list.push([t, unit >= 86400 ? stamp(t, 10) : clock(t, unit < 60)]);
  }
  return list;
}

function waits(root, run, box) {
  const end = run.from + run.submitted.length * run.step;
  for (const wait of run.waits ?? []) {
    const x = chart.scale.x(Math.max(wait.from, run.from));
    const w = chart.scale.x(Math.min(wait.until, end)) - x;
    if (w < 0.5 || !/budget|limit|maintenance/.test(wait.why)) continue;
    root.append(svg("rect", { class: "wait", x, y: box.top, width: w, height: box.bottom - box.top }, svg("title", {}, "waiting " + safe(wait.why))));
  }
}

// curve is the points of a list of sums, each at the end of its bin.
function curve(run, sums) {
  const points = [[chart.scale.x(run.from), chart.scale.y(0)]];
  sums.forEach((n, k) => points.push([chart.scale.x(run.from + (k + 1) * run.step), chart.scale.y(n)]));
  return points.map(([x, y]) => x.toFixed(1) + " " + y.toFixed(1));
}

function curves(root, run, box) {
  const { submitted, completed, failed } = chart.sums;
  const ended = completed.map((n, k) => n + failed[k]);
  const out = curve(run, submitted);
  root.append(svg("path", { class: "flight", d: "M" + out.join("L") + "L" + curve(run, ended).reverse().join("L") + "Z" }));
  const lines = [["submitted", submitted], ["completed", completed], ["failed", failed]].filter(([, sums]) => sums.at(-1) > 0);
  for (const [name, sums] of lines) root.append(svg("path", { class: "line-" + name, d: "M" + curve(run, sums).join("L") }));
  byId("legend").replaceChildren(...lines.map(([name, sums]) => el("li", {},
    svg("svg", { viewBox: "0 0 26 8", "aria-hidden": "true" }, svg("path", { class: "line-" + name, d: "M1 4L25 4" })),
    title(name) + " ", el("b", {}, count(sums.at(-1))))));
  if (root.querySelector(".wait")) {
    byId("legend").append(el("li", {}, svg("svg", { viewBox: "0 0 26 8", "aria-hidden": "true" },
      svg("rect", { class: "wait", width: 26, height: 8 })), "Waiting for requests, or for maintenance to end"));
  }
}

// requests draws what was left of the request budget.
function requests(root, run, box, strip) {
  const limit = Math.max(...run.budget.map((b) => b.limit), 1);
  const y = (n) => strip.bottom - ((strip.bottom - strip.top) * Math.min(n, limit)) / limit;
  root.append(svg("text", { class: "label l-budget", x: box.left, y: strip.top - 8 }, "Requests left of " + count(limit)));
  for (const [n, kind] of [[0, "axis"], [limit, "grid"]]) {
    root.append(svg("line", { class: kind, x1: box.left, x2: box.right, y1: y(n), y2: y(n) }));
    root.append(svg("text", { x: box.left - 8, y: y(n) + 4, "text-anchor": "end" }, count(n)));
  }
  const end = run.from + run.submitted.length * run.step;
  const points = run.budget.filter((b) => b.at >= run.from && b.at <= end)
    .map((b) => chart.scale.x(b.at).toFixed(1) + " " + y(b.remaining).toFixed(1));
  if (points.length === 0) return;
  const x = (p) => p.split(" ")[0];
  root.append(svg("path", { class: "area-budget", d: "M" + x(points[0]) + " " + strip.bottom + "L" + points.join("L") + "L" + x(points.at(-1)) + " " + strip.bottom + "Z" }));
  root.append(svg("path", { class: "line-budget", d: "M" + points.join("L") }));
}

function sum(run, end) {
  const seconds = Math.max(run.until - run.from, 1);
  const moved = chart.sums.moved.at(-1);
  const facts = [
    stamp(run.from, 16) + " UTC", "took " + duration(run.until - run.from),
    counted(run.files, "file") + ", " + size(run.bytes),
    moved > 0 && seconds >= 60 ? size(moved / seconds) + "/s" : "",
    run.requests ? counted(run.requests, "request") : "",
    run.retries ? count(run.retries) + (run.retries === 1 ? " retry" : " retries") : "",
  ];
  byId("run-sum").textContent = facts.filter(Boolean).join(" · ");
}

// moment says where the run stood at the end of a bin.
function moment(k) {
  const run = chart.run;
  const at = run.from + (k + 1) * run.step;
  const { submitted, completed, failed, moved } = chart.sums;
  const open = submitted[k] - completed[k] - failed[k];
  const left = (run.budget ?? []).findLast((b) => b.at < at);
  return { at, submitted: submitted[k], completed: completed[k], failed: failed[k], open, bytes: moved[k], left };
}

function point(k, quiet) {
  const run = chart.run;
  const at = Math.max(0, Math.min(k, run.submitted.length - 1));
  const m = moment(at);
  const text = stamp(Math.min(m.at, run.until), run.step < 60 ? 19 : 16) + ": " + count(m.submitted) + " submitted, " + count(m.completed) +
    " completed (" + size(m.bytes) + ")" + (m.failed ? ", " + count(m.failed) + " failed" : "") +
    (m.open > 0 ? ", " + count(m.open) + " under way" : "") + (m.left ? ", " + counted(m.left.remaining, "request") + " left" : "");
  const root = byId("chart").firstChild;
  root.setAttribute("aria-valuenow", at);
  root.setAttribute("aria-valuetext", text);
  if (quiet) {
    byId("chart-says").textContent = "";
    return;
  }
  chart.at = at;
  byId("chart-says").textContent = text;
  const line = root.querySelector(".cursor");
  const x = chart.scale.x(m.at);
  line.setAttribute("x1", x);
  line.setAttribute("x2", x);
  line.setAttribute("visibility", "visible");
}

function onChartKey(e) {
  const last = chart.run.submitted.length - 1;
  const now = chart.at < 0 ? last : chart.at;
  const jump = Math.max(Math.round(last / 10), 1);
  const to = {
    ArrowRight: now + 1, ArrowUp: now + 1, ArrowLeft: now - 1, ArrowDown: now - 1,
    PageUp: now + jump, PageDown: now - jump, Home: 0, End: last,
  }[e.key];
  if (to === undefined) return;
  e.preventDefault();
  point(to);
}

// table is the run in words, at a dozen times or so.
function table(run) {
  const bins = run.submitted.length;
  const every = Math.max(Math.ceil(bins / 12), 1);
  const head = ["Until", "Submitted", "Completed", "Failed", "Under way", ...(run.budget ? ["Requests left"] : [])];
  const rows = [];
  for (let k = Math.min(every, bins) - 1; k < bins; k = k === bins - 1 ? bins : Math.min(k + every, bins - 1)) {
    const m = moment(k);
    const cells = [m.submitted, m.completed, m.failed, Math.max(m.open, 0), ...(run.budget ? [m.left ? m.left.remaining : ""] : [])];
    rows.push(el("tr", {}, el("th", { scope: "row" }, stamp(Math.min(m.at, run.until), 19)), ...cells.map((n) => el("td", { class: "n" }, n === "" ? "" : count(n)))));
  }
  byId("chart-table").replaceChildren(el("table", {},
    el("thead", {}, el("tr", {}, ...head.map((h, k) => el("th", { scope: "col", class: k ? "n" : "" }, h)))), el("tbody", {}, ...rows)));
}
