// The picture of what went where: areas in areas.

import { groupings, headName, inScope, nothing, parts, squarify } from "./areas.js";
import { data, STATE } from "./data.js";
import { showDetails } from "./details.js";
import { filter, rows, select, setFilter, watchers } from "./filter.js";
import { distinguish, fits, shorten } from "./labels.js";
import { paper, redraws } from "./print.js";
import { byId, count, counted, el, safe, size, svg } from "./words.js";

const DEEPEST = 4; // areas in areas
const MOST = 400; // areas side by side; the rest is one area
const LEAST = 2200; // square pixels that an area side by side with others has on average: room for a name
const HEAD = 24; // height of a heading in pixels

const picture = { by: "place", area: "bytes", scope: null, hues: new Map(), cells: [] };

export function startPicture() {
  for (const input of document.querySelectorAll("#picture input")) {
    input.addEventListener("change", () => {
      picture[input.name === "group" ? "by" : "area"] = input.value;
      if (input.name === "group") enter(null);
      else drawPicture();
    });
  }
  const map = byId("map");
  let width = 0;
  new ResizeObserver(() => {
    if (map.clientWidth !== width && !paper.printing) {
      width = map.clientWidth;
      drawPicture();
    }
  }).observe(map);
  map.addEventListener("click", (e) => open(e.target.closest(".cell")));
  map.addEventListener("keydown", onPictureKey);
  map.addEventListener("pointerover", (e) => say(e.target.closest(".cell")));
  map.addEventListener("focusin", (e) => say(e.target.closest(".cell")));
  watchers.push(() => {
    picture.scope = filter.scope; // a filter that is taken away leads out
    drawPicture();
  });
  redraws.push(drawPicture);
}

// enter shows a part of the picture, and its files in the table.
function enter(scope) {
  setFilter({ scope });
}

// shape is the size of the picture in pixels.
function shape() {
  const width = Math.max(byId("map").clientWidth, 280);
  return { width, height: Math.round(Math.max(260, Math.min(width * (width < 600 ? 1.1 : 0.5), 560))) };
}

function drawPicture() {
  const { width, height } = shape();
  const list = picture.scope ? select(rows.within, (i) => inScope(picture.scope, i)) : rows.within;
  let weigh = picture.area === "bytes" ? (i) => data.size[i] : () => 1;
  if (picture.area === "bytes" && !list.some((i) => data.size[i] > 0)) weigh = () => 1; // nothing but empty files
  picture.cells = [];
  const root = svg("svg", {
    viewBox: "0 0 " + width + " " + height, role: "group", "aria-label": "Areas in proportion to " + (picture.area === "bytes" ? "bytes" : "the number of files"),
  });
  const box = { x: 0, y: 0, w: width, h: height };
  level(root, gather(heavy(parts(list, picture.by, picture.scope, weigh)), roomFor(box)), box, { weigh, depth: 0, hue: -1 });
  byId("map").replaceChildren(root);
  if (picture.cells.length > 0) picture.cells[0].element.setAttribute("tabindex", "0");
  byId("map-says").textContent = list.length === 0 ? "No file matches the filters." : "";
  crumbs();
}

// level draws the parts of a scope into a box.
function level(into, list, box, how) {
  // One or two areas leave their colours to what is in them.
  const plain = how.depth === 0 && list.length <= 2;
  distinguish(list);
  squarify(list.map((p) => p.weight), box).forEach((place, k) => {
    if (place.w < 2 || place.h < 2) return;
    const part = list[k];
    const hue = how.hue >= 0 ? how.hue : hueOf(part);
    const inner = { x: place.x + 3, y: place.y + HEAD, w: place.w - 6, h: place.h - HEAD - 3 };
    const inside = how.depth + 1 < DEEPEST && place.w > 110 && place.h > HEAD + 50 ? contents(part, inner, how) : null;
    cell(into, part, place, { hue, head: inside !== null });
    if (inside) level(into, inside, inner, { ...how, depth: how.depth + 1, hue: plain ? -1 : hue });
  });
}

// roomFor is how many areas a box has room for.
const roomFor = (box) => Math.max(Math.min(MOST, Math.floor((box.w * box.h) / LEAST)), 4);

// contents is what to draw in a folder's area: nothing when most of it would be
// too small to be seen.
function contents(part, box, how) {
  if (!part.folder || part.rest) return null;
  const list = gather(heavy(parts(part.rows, picture.by, part.scope, how.weigh)), roomFor(box));
  const rest = list.find((p) => p.rest);
  return rest && rest.weight > part.weight / 2 ? null : list;
}

const heavy = (list) => list.filter((p) => p.weight > 0);

// gather makes few enough parts of a list that is too long to show: names that
// begin alike become one part, or else all that are smallest.
function gather(list, most) {
  if (list.length <= most) return list;
  return alike(list, most) ?? withRest(list, most);
}

// alike joins parts whose names share their beginning, up to a mark between
// words or, where that does not help, up to some character.
function alike(list, most) {
  if (!list[0].scope || list.some((p) => p.scope.prefix === "")) return null;
  const marks = (n) => (key) => {
    let at = 0;
    for (let k = 0; k < n; k++) {
      const next = key.slice(at).search(/[-_. ]/);
      if (next < 0) return key;
      at += next + 1;
    }
    return key.slice(0, at);
  };
  const letters = (n) => (key) => key.slice(0, n);
  for (const cut of [marks, letters]) {
    let best = null;
    for (let n = 1; n <= 24; n++) {
      const beginnings = grouped(list, cut(n));
      if (beginnings.size > most) break;
      if (beginnings.size > 1) best = beginnings;
    }
    if (best) return joined(best);
  }
  return null;
}

function grouped(list, beginning) {
  const groups = new Map();
  for (const part of list) {
    const key = beginning(part.key);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(part);
  }
  return groups;
}

function joined(beginnings) {
  const list = [];
  for (const [beginning, parts] of beginnings) {
    if (parts.length === 1) {
      list.push(parts[0]);
      continue;
    }
    const first = parts[0].scope;
    // A part's prefix may go on below its name, so the name is looked for in it.
    const before = groupings[first.by].rest(parts[0].rows[0]).slice(0, parts[0].depth);
    list.push({ ...sumOf(parts), key: beginning, scope: { ...first, prefix: before + beginning }, folder: true, label: safe(beginning) + "…" });
  }
  return list.sort((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1));
}

// withRest keeps the biggest parts and makes one of the others.
function withRest(list, most) {
  const rest = sumOf(list.slice(most - 1));
  rest.label = count(list.length - most + 1) + " more, each smaller";
  return [...list.slice(0, most - 1), { ...rest, key: "", rest: true, scope: null, folder: false }].sort((a, b) => b.weight - a.weight);
}

function sumOf(parts) {
  const sum = nothing();
  for (const part of parts) {
    for (const i of part.rows) sum.rows.push(i);
    sum.files += part.files;
    sum.bytes += part.bytes;
    sum.weight += part.weight;
    part.states.forEach((weight, s) => (sum.states[s] += weight));
    part.counts.forEach((n, s) => (sum.counts[s] += n));
  }
  return sum;
}

// hueOf is a part's colour, which it keeps whatever is filtered.
function hueOf(part) {
  if (part.rest) return "x";
  const key = picture.by + "\n" + part.scope.head + "\n" + part.scope.prefix;
  if (!picture.hues.has(key)) picture.hues.set(key, picture.hues.size % 8);
  return picture.hues.get(key);
}

function cell(into, part, place, look) {
  const about = part.label + ": " + counted(part.files, "file") + ", " + size(part.bytes) + unfinished(part);
  const group = svg("g", {
    class: "cell k" + (part.rest ? "x" : look.hue) + (look.head ? " head" : ""), tabindex: "-1", role: part.rest ? "img" : "button",
    "aria-label": about, "data-cell": picture.cells.length,
  },
  svg("title", {}, about),
  svg("rect", { class: "fill", x: place.x, y: place.y, width: place.w, height: place.h, rx: 3 }));
  const room = look.head ? { ...place, h: HEAD } : place;
  label(group, part, room);
  if (!look.head) strip(group, part, place);
  group.append(svg("rect", { class: "ring", x: place.x + 1.5, y: place.y + 1.5, width: Math.max(place.w - 3, 0), height: Math.max(place.h - 3, 0), rx: 3 }));
  into.append(group);
  picture.cells.push({ element: group, part, place, about });
}

// unfinished says how many files of a part are not completed.
function unfinished(part) {
  const text = data.states.map((name, s) => [name, part.counts[s]])
    .filter(([name, n]) => name !== "completed" && n > 0)
    .map(([name, n]) => count(n) + " " + name);
  return text.length > 0 ? " (" + text.join(", ") + ")" : "";
}

function label(group, part, room) {
  if (room.w < 34 || room.h < 18) return;
  group.append(svg("text", { class: "name", x: room.x + 6, y: room.y + 16 }, shorten(part, room.w - 10)));
  const amount = size(part.bytes);
  if (room.h >= 38) {
    const both = amount + " · " + counted(part.files, "file");
    const text = [both, amount].find((t) => fits(t, room.w - 10, false)); // half a number says nothing
    if (text) group.append(svg("text", { x: room.x + 6, y: room.y + 32 }, text));
  }
}

// strip shows the share of what is not completed at a cell's foot, however small
// it is.
function strip(group, part, place) {
  if (part.counts[STATE.completed] === part.files || place.h < 8) return;
  const width = (s) => (part.counts[s] > 0 ? Math.max(3, ((place.w - 2) * part.states[s]) / (part.weight || 1)) : 0);
  let right = place.x + place.w - 1;
  for (let s = data.states.length - 1; s >= 0 && right > place.x + 1; s--) {
    if (s === STATE.completed) continue;
    const w = Math.min(width(s), right - place.x - 1);
    right -= w;
    if (w > 0) group.append(svg("rect", { class: "strip s-" + data.states[s], x: right, y: place.y + place.h - 7, width: w, height: 6 }));
  }
}

function crumbs() {
  const nav = byId("crumbs");
  const scope = picture.scope;
  const noun = groupings[picture.by].noun + "s";
  if (!scope) {
    nav.replaceChildren(el("b", {}, "All " + noun));
    return;
  }
  const step = (text, to) => {
    const button = el("button", { type: "button" }, text);
    button.addEventListener("click", () => leave(to));
    return button;
  };
  const names = scope.prefix.split("/").filter(Boolean);
  const trail = [step("All " + noun, null), el("i", {}, "›")];
  const heads = [{ text: headName(scope.by, scope.head), to: { ...scope, prefix: "" } }];
  names.forEach((name, k) => heads.push({ text: safe(name), to: { ...scope, prefix: names.slice(0, k + 1).join("/") + "/" } }));
  heads.forEach((part, k) => {
    trail.push(k < heads.length - 1 ? step(part.text, part.to) : el("b", {}, part.text));
    if (k < heads.length - 1) trail.push(el("i", {}, "›"));
  });
  nav.replaceChildren(...trail);
}

// leave goes out to a wider part and keeps the keyboard in the picture.
function leave(to) {
  enter(to);
  focusCell(0);
}

// wider is the scope around a scope: the nearest one that holds more than it.
function wider(scope) {
  const held = select(rows.within, (i) => inScope(scope, i)).length;
  let prefix = scope.prefix;
  while (prefix) {
    prefix = prefix.slice(0, prefix.lastIndexOf("/", prefix.length - 2) + 1);
    const around = { ...scope, prefix };
    if (select(rows.within, (i) => inScope(around, i)).length > held) return around;
  }
  return null;
}

function open(element) {
  if (!element) return;
  const { part } = picture.cells[Number(element.dataset.cell)];
  if (part.rest) return;
  if (part.folder) {
    enter(part.scope);
    focusCell(0);
  } else {
    showDetails(part.rows[0]);
  }
}

function say(element) {
  if (element) byId("map-says").textContent = picture.cells[Number(element.dataset.cell)].about;
}

function focusCell(k) {
  if (!picture.cells[k]) return;
  for (const c of picture.cells) c.element.setAttribute("tabindex", "-1");
  picture.cells[k].element.setAttribute("tabindex", "0");
  picture.cells[k].element.focus({ preventScroll: true });
}

function onPictureKey(e) {
  const at = e.target.closest(".cell");
  if (!at) return;
  const k = Number(at.dataset.cell);
  const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
  if (direction) focusCell(nearest(k, direction));
  else if (e.key === "Enter" || e.key === " ") open(at);
  else if (e.key === "Home") focusCell(0);
  else if (e.key === "End") focusCell(picture.cells.length - 1);
  else if ((e.key === "Backspace" || e.key === "Escape") && picture.scope) leave(wider(picture.scope));
  else return;
  e.preventDefault();
}

// nearest is the cell next to a cell in a direction, or the cell itself.
function nearest(k, [dx, dy]) {
  const anchor = (c) => ({ x: c.place.x + Math.min(c.place.w / 2, 40), y: c.place.y + Math.min(c.place.h / 2, 12) });
  const from = anchor(picture.cells[k]);
  let best = k;
  let least = Infinity;
  picture.cells.forEach((c, n) => {
    const to = anchor(c);
    const ahead = (to.x - from.x) * dx + (to.y - from.y) * dy;
    const aside = Math.abs((to.x - from.x) * dy) + Math.abs((to.y - from.y) * dx);
    if (n !== k && ahead > 1 && ahead + 2 * aside < least) {
      least = ahead + 2 * aside;
      best = n;
    }
  });
  return best;
}
