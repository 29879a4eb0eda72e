// The table: only the rows in sight are in the document, however many there are.

import { data, how, nameOf, placeOf, ruleOf, volumeOf, why } from "./data.js";
import { showDetails } from "./details.js";
import { order, refresh, rows, watchers } from "./filter.js";
import { paper, PRINTED, redraws } from "./print.js";
import { byId, el, icon, safe, size, svg, time, title } from "./words.js";

const ROW = 36; // height of a row in pixels, as the style has it
const SPARE = 8; // rows drawn above and below what is in sight
const TALLEST = 6e6; // browsers stop at some height; above it, scrolling is scaled

const columns = [
  { key: "state", name: "State" },
  { key: "path", name: "File" },
  { key: "size", name: "Size", number: true },
  { key: "how", name: "How" },
  { key: "rule", name: "Rule" },
  { key: "location", name: "To" },
  { key: "finished", name: "Ended" },
];

let active = 0; // which of the shown rows the keyboard is on

const scroller = byId("scroller");
const grid = byId("table");

export function startTable() {
  const head = grid.tHead.rows[0];
  columns.forEach((column) => {
    const button = el("button", { type: "button", "data-sort": column.key },
      el("span", { class: "word" }, column.name),
      svg("svg", { class: "sort", "aria-hidden": "true" }, svg("use", { href: "#i-sort" })));
    // A use element hides its paths from the style, so the arrow is drawn here.
    button.lastChild.replaceChildren(svg("path", { class: "up", d: "M2 5.5L5 2.5l3 3" }), svg("path", { class: "down", d: "M2 8.5l3 3 3-3" }));
    button.addEventListener("click", () => sortBy(column));
    head.append(el("th", { scope: "col", role: "columnheader", "aria-sort": "none", class: column.number ? "n" : "" }, button));
  });
  scroller.addEventListener("scroll", draw, { passive: true });
  new ResizeObserver(draw).observe(scroller);
  grid.addEventListener("keydown", onTableKey);
  byId("body").addEventListener("click", (e) => {
    const tr = e.target.closest("tr[data-at]");
    if (!tr) return;
    setActive(Number(tr.dataset.at));
    showDetails(rows.shown[active]);
  });
  watchers.push(() => {
    active = 0;
    scroller.scrollTop = 0;
    draw();
  });
  redraws.push(draw);
}

function sortBy(column) {
  order.down = order.column === column.key ? !order.down : column.key === "size" || column.key === "state";
  order.column = column.key;
  [...grid.tHead.rows[0].cells].forEach((th, k) => {
    const on = columns[k].key === order.column;
    th.setAttribute("aria-sort", !on ? "none" : order.down ? "descending" : "ascending");
  });
  refresh();
}

// extent is where in the list the scroller is. The list's height is what the
// rows need, or less when no browser could scroll that far.
function extent() {
  const need = rows.shown.length * ROW;
  const height = Math.min(need, TALLEST);
  const sight = Math.max(scroller.clientHeight - grid.tHead.offsetHeight, ROW);
  const room = Math.max(height - sight, 1);
  const stretch = need > height ? (need - sight) / room : 1;
  return { height, sight, stretch, top: Math.min(scroller.scrollTop, room) * stretch };
}

function draw() {
  const body = byId("body");
  grid.setAttribute("aria-rowcount", rows.shown.length + 1);
  if (paper.printing || rows.shown.length === 0) {
    spacers(0, 0);
    body.replaceChildren(...(rows.shown.length === 0 ? [emptyRow()] : Array.from(rows.shown.slice(0, PRINTED), rowElement)));
    grid.removeAttribute("aria-activedescendant");
    return;
  }
  const { height, sight, stretch, top } = extent();
  const first = Math.max(Math.floor(top / ROW) - SPARE, 0);
  const last = Math.min(Math.ceil((top + sight) / ROW) + SPARE, rows.shown.length);
  const inSight = [];
  for (let at = first; at < last; at++) inSight.push(rowElement(rows.shown[at], at));
  body.replaceChildren(...inSight);
  const above = Math.max(first * ROW - top + top / stretch, 0);
  spacers(above, Math.max(height - above - (last - first) * ROW, 0));
  mark();
}

function spacers(above, below) {
  byId("before").rows[0].style.height = above + "px";
  byId("after").rows[0].style.height = below + "px";
  byId("before").hidden = above === 0;
  byId("after").hidden = below === 0;
}

// mark shows which row the keyboard is on.
function mark() {
  grid.removeAttribute("aria-activedescendant");
  for (const tr of byId("body").rows) {
    const on = Number(tr.dataset.at) === active;
    tr.classList.toggle("active", on);
    tr.setAttribute("aria-selected", on);
    if (on) grid.setAttribute("aria-activedescendant", tr.id);
  }
}

function emptyRow() {
  return el("tr", { class: "empty", role: "row" }, el("td", { colspan: columns.length, role: "gridcell" },
    data.n === 0 ? "There are no files yet." : "No file matches. Clear the filters to see all."));
}

function rowElement(i, at) {
  const state = data.states[data.state[i]];
  const path = safe(nameOf(i));
  const to = safe(placeOf(i));
  const cell = (attributes, ...children) => el("td", { role: "gridcell", ...attributes }, ...children);
  return el("tr", { role: "row", id: "row-" + at, "data-at": at, "aria-rowindex": at + 2 },
    cell({ class: "status t-" + state, title: why(i) ? safe(why(i)) : null }, icon(state), el("span", { class: "word" }, title(state))),
    cell({ title: path }, inFolder(path, 0)),
    cell({ class: "n" }, size(data.size[i])),
    cell({ class: "how" }, how(i)),
    cell({ title: safe(ruleOf(i)) }, safe(ruleOf(i))),
    cell({ title: to }, inFolder(to, safe(volumeOf(i)).length)),
    cell({}, time(data.finished[i]).slice(0, 16)));
}

// inFolder is a path of which the folder gives way first; its name is not before
// some place.
function inFolder(path, from) {
  const cut = Math.max(path.lastIndexOf("/") + 1, from);
  return el("span", { class: "path" }, el("bdi", { class: "dir" }, path.slice(0, cut)), el("bdi", { class: "base" }, path.slice(cut)));
}

// setActive puts the keyboard on a row and brings it into sight.
function setActive(at) {
  active = Math.max(0, Math.min(at, rows.shown.length - 1));
  const { sight, stretch, top } = extent();
  if (active * ROW < top) scroller.scrollTop = (active * ROW) / stretch;
  else if ((active + 1) * ROW > top + sight) scroller.scrollTop = ((active + 1) * ROW - sight) / stretch;
  draw();
}

function onTableKey(e) {
  if (e.target !== grid || e.altKey || e.ctrlKey || e.metaKey) return;
  const page = Math.max(Math.floor(extent().sight / ROW) - 1, 1);
  const to = {
    ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page,
    Home: 0, End: rows.shown.length - 1,
  }[e.key];
  if (to !== undefined) {
    e.preventDefault();
    setActive(to);
  } else if ((e.key === "Enter" || e.key === " ") && rows.shown.length > 0) {
    e.preventDefault();
    showDetails(rows.shown[active]);
  }
}
