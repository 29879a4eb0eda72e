// The picture of what went where: areas in areas.

const MOST = 60; // areas side by side; the rest is one area
const HEAD = 24; // height of a heading in pixels

const picture = { by: "place", area: "bytes", scope: null, hues: new Map(), cells: [] };

function startPicture() {
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
    if (map.clientWidth !== width && !printing) {
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
  const rows = picture.scope ? select(within, (i) => inScope(picture.scope, i)) : within;
  let weigh = picture.area === "bytes" ? (i) => data.size[i] : () => 1;
  if (picture.area === "bytes" && !rows.some((i) => data.size[i] > 0)) weigh = () => 1; // nothing but empty files
  picture.cells = [];
  const root = svg("svg", {
    viewBox: "0 0 " + width + " " + height, role: "group", "aria-label": "Areas in proportion to " + (picture.area === "bytes" ? "bytes" : "the number of files"),
  });
  level(root, rows, picture.scope, { x: 0, y: 0, w: width, h: height }, { weigh, depth: 0, hue: -1 });
  byId("map").replaceChildren(root);
  if (picture.cells.length > 0) picture.cells[0].element.setAttribute("tabindex", "0");
  byId("map-says").textContent = rows.length === 0 ? "No file matches the filters." : "";
  crumbs();
}

// level draws the parts of a scope into a box.
function level(into, rows, scope, box, how) {
  const list = gather(parts(rows, picture.by, scope, how.weigh).filter((p) => p.weight > 0));
  squarify(list.map((p) => p.weight), box).forEach((place, k) => {
    if (place.w < 2 || place.h < 2) return;
    const part = list[k];
    const hue = how.hue >= 0 ? how.hue : hueOf(part);
    const nests = part.folder && !part.rest && how.depth === 0 && place.w > 110 && place.h > HEAD + 50;
    cell(into, part, place, { hue, head: nests });
    if (!nests) return;
    const inner = { x: place.x + 3, y: place.y + HEAD, w: place.w - 6, h: place.h - HEAD - 3 };
    level(into, part.rows, part.scope, inner, { ...how, depth: 1, hue });
  });
}

// gather makes one part of all that are too many to show.
function gather(list) {
  if (list.length <= MOST) return list;
  const rest = {
    key: "", rest: true, scope: null, folder: false, rows: [], files: 0, bytes: 0, weight: 0,
    label: count(list.length - MOST + 1) + " more", states: new Array(data.states.length).fill(0),
  };
  for (const part of list.slice(MOST - 1)) {
    rest.files += part.files;
    rest.bytes += part.bytes;
    rest.weight += part.weight;
    part.states.forEach((weight, s) => (rest.states[s] += weight));
  }
  return [...list.slice(0, MOST - 1), rest].sort((a, b) => b.weight - a.weight);
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

// unfinished says what of a part is not completed.
function unfinished(part) {
  const all = part.states.reduce((a, b) => a + b, 0);
  const text = data.states.map((name, s) => [name, part.states[s]])
    .filter(([name, weight]) => name !== "completed" && weight > 0)
    .map(([name, weight]) => Math.max(1, Math.round((100 * weight) / all)) + "% " + name);
  return text.length > 0 ? " (" + text.join(", ") + ")" : "";
}

function label(group, part, room) {
  if (room.w < 46 || room.h < 18) return;
  const fit = (text, bold) => shorten(text, room.w - 12, bold);
  group.append(svg("text", { class: "name", x: room.x + 6, y: room.y + 16 }, fit(part.label, true)));
  const amount = size(part.bytes);
  if (room.h >= 38) {
    group.append(svg("text", { x: room.x + 6, y: room.y + 32 }, fit(amount + " · " + counted(part.files, "file"), false)));
  }
}

// strip shows the share of what is not completed at a cell's foot.
function strip(group, part, place) {
  const all = part.states.reduce((a, b) => a + b, 0);
  if (part.states[STATE.completed] === all || place.h < 8) return;
  let x = place.x + 1;
  part.states.forEach((weight, s) => {
    const w = ((place.w - 2) * weight) / all;
    if (s !== STATE.completed && w > 0) {
      group.append(svg("rect", { class: "strip s-" + data.states[s], x: x, y: place.y + place.h - 7, width: w, height: 6 }));
    }
    x += w;
  });
}

const pen = document.createElement("canvas").getContext("2d");
const family = getComputedStyle(document.body).fontFamily;

// shorten cuts a text in its middle, where names differ least, until it fits.
function shorten(text, room, bold) {
  pen.font = (bold ? "600 " : "") + "13px " + family;
  if (pen.measureText(text).width <= room) return text;
  let low = 0;
  let high = Math.min(text.length, 400);
  const cut = (n) => text.slice(0, Math.ceil(n / 2)) + "…" + (n > 1 ? text.slice(-Math.floor(n / 2)) : "");
  while (low < high) {
    const n = Math.ceil((low + high) / 2);
    if (pen.measureText(cut(n)).width <= room) low = n;
    else high = n - 1;
  }
  return low > 2 ? cut(low) : "";
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
  const held = select(within, (i) => inScope(scope, i)).length;
  let prefix = scope.prefix;
  while (prefix) {
    prefix = prefix.slice(0, prefix.lastIndexOf("/", prefix.length - 2) + 1);
    const around = { ...scope, prefix };
    if (select(within, (i) => inScope(around, i)).length > held) return around;
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
