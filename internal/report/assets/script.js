"use strict";
(() => {
  // internal/report/script/data.js
  var raw = JSON.parse(document.getElementById("data").textContent);
  var column = (k) => raw.rows.map((row) => row[k]);
  var data = {
    n: raw.rows.length,
    states: raw.states,
    problems: raw.problems,
    runs: raw.runs,
    state: column(0),
    flags: column(1),
    size: column(2),
    path: column(3),
    location: column(4),
    file: column(5),
    exportID: column(6),
    started: column(7),
    // Unix seconds; 0 when not known
    finished: column(8),
    // Unix seconds; 0 when not known
    problem: column(9),
    // -1 for none
    volume: { names: raw.volumes, prefixes: raw.prefixes, of: column(10) },
    // a prefix that is not known is null
    project: { names: raw.projects, of: column(11) },
    rule: { names: raw.rules, of: column(12) },
    message: { names: raw.messages, of: column(13) }
  };
  var FLAG = { move: 1, copy: 2, overwrite: 4, tolerated: 8 };
  var STATE = Object.fromEntries(data.states.map((name, i) => [name, i]));
  var volumeOf = (i) => data.volume.names[data.volume.of[i]];
  var projectOf = (i) => data.project.names[data.project.of[i]];
  var ruleOf = (i) => data.rule.names[data.rule.of[i]];
  var messageOf = (i) => data.message.names[data.message.of[i]];
  var nameOf = (i) => data.path[i] || data.file[i];
  var prefixOf = (i) => data.volume.prefixes[data.volume.of[i]];
  var placeOf = (i) => volumeOf(i) + (data.location[i] ? ":" + (prefixOf(i) ?? "") + data.location[i] : "");
  function how(i) {
    const done = data.state[i] === STATE.completed;
    if (data.flags[i] & FLAG.copy) return done ? "copied" : "copy";
    if (data.flags[i] & FLAG.move) return done ? "moved" : "move";
    return data.state[i] === STATE.blocked ? "" : "?";
  }
  var why = (i) => data.problem[i] < 0 ? "" : data.problems[data.problem[i]].title;

  // internal/report/script/words.js
  var byId = (id) => document.getElementById(id);
  var title = (word) => word.charAt(0).toUpperCase() + word.slice(1);
  var numberFormat = new Intl.NumberFormat("en-US");
  var count = (n) => numberFormat.format(n);
  var counted = (n, noun) => count(n) + " " + noun + (n === 1 ? "" : "s");
  function size(bytes) {
    if (bytes < 1e3) return bytes + " B";
    const units = ["kB", "MB", "GB", "TB", "PB", "EB"];
    let unit = -1;
    let n = bytes;
    do {
      n /= 1e3;
      unit++;
    } while (n >= 999.5 && unit < units.length - 1);
    return (n < 9.95 ? n.toFixed(1) : n.toFixed(0)) + " " + units[unit];
  }
  var stamp = (seconds, length = 19) => new Date(seconds * 1e3).toISOString().slice(0, length).replace("T", " ");
  var clock = (seconds, withSeconds) => new Date(seconds * 1e3).toISOString().slice(11, withSeconds ? 19 : 16);
  var time = (seconds) => seconds ? stamp(seconds) : "";
  function duration(seconds) {
    const parts2 = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
    for (let i = 0; i < parts2.length; i++) {
      const [unit, name] = parts2[i];
      if (seconds < unit && unit > 1) continue;
      const rest = i + 1 < parts2.length ? Math.floor(seconds % unit / parts2[i + 1][0]) : 0;
      return Math.floor(seconds / unit) + " " + name + (rest > 0 ? " " + rest + " " + parts2[i + 1][1] : "");
    }
    return "0 s";
  }
  var unseen = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
  var letters = { "\x07": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "	": "t", "\v": "v" };
  var safe = (text) => text.replace(unseen, (c) => "\\" + (letters[c] ?? code(c.codePointAt(0))));
  function code(point2) {
    const hex = (digits) => point2.toString(16).padStart(digits, "0");
    if (point2 < 32 || point2 === 127) return "x" + hex(2);
    return point2 < 65536 ? "u" + hex(4) : "U" + hex(8);
  }
  function el(name, attributes = {}, ...children) {
    return fill(document.createElement(name), attributes, children);
  }
  var vector = document.querySelector("svg").namespaceURI;
  function svg(name, attributes = {}, ...children) {
    return fill(document.createElementNS(vector, name), attributes, children);
  }
  function fill(element, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== null && value !== void 0) element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  }
  function icon(state) {
    return svg("svg", { class: "icon t-" + state, "aria-hidden": "true" }, svg("use", { href: "#i-" + state }));
  }
  function later(call, wait) {
    let timer = 0;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(call, wait);
    };
  }

  // internal/report/script/details.js
  var meanings = {
    moved: "moved: the platform's copy is deleted",
    copied: "copied: the platform keeps its copy",
    move: "is to be moved: the platform's copy will be deleted",
    copy: "is to be copied: the platform keeps its copy",
    "?": "moved or copied: which of them is not on record",
    "": ""
  };
  function showDetails(i) {
    const flag = (bit) => (data.flags[i] & bit) !== 0;
    const cause = data.state[i] === STATE.failed ? data.problems[data.problem[i]] : null;
    const both = data.started[i] > 0 && data.finished[i] >= data.started[i];
    const entries = [
      ["State", title(data.states[data.state[i]]) + (flag(FLAG.tolerated) ? ", tolerated by the plan" : "")],
      ["Why", why(i) + (cause && cause.code ? " (code " + cause.code + ")" : "")],
      ["Message", messageOf(i)],
      ["What to do", cause ? cause.fix : ""],
      ["Size", size(data.size[i]) + (data.size[i] >= 1e3 ? " (" + count(data.size[i]) + " bytes)" : "")],
      ["How", meanings[how(i)] + (flag(FLAG.overwrite) ? "; an object in its place is replaced" : "")],
      ["Project", projectOf(i)],
      ["Path", data.path[i]],
      ["To", placeOf(i)],
      ["Key in the bucket", prefixOf(i) !== null && data.location[i] ? prefixOf(i) + data.location[i] : "not on record: what comes before the location is the volume's prefix"],
      ["Location", data.location[i]],
      ["Rule", ruleOf(i)],
      ["Started", time(data.started[i])],
      ["Ended", time(data.finished[i]) + (both ? " (after " + duration(data.finished[i] - data.started[i]) + ")" : "")],
      ["File ID", data.file[i], "id"],
      ["Export job", data.exportID[i], "id"]
    ];
    const list = byId("d-list");
    list.replaceChildren();
    for (const [name, value, kind] of entries) {
      if (value) list.append(el("dt", {}, name), el("dd", { class: kind }, el("bdi", {}, safe(value))));
    }
    const path = nameOf(i);
    byId("d-title").textContent = safe(path.slice(path.lastIndexOf("/") + 1) || path);
    byId("details").showModal();
  }
  function startDetails() {
    const dialog = byId("details");
    dialog.addEventListener("click", (e) => {
      if (e.target === dialog) dialog.close();
    });
    dialog.addEventListener("close", () => byId("table").focus({ preventScroll: true }));
  }

  // internal/report/script/areas.js
  var groupings = {
    place: { head: volumeOf, rest: (i) => data.location[i] || nameOf(i), noun: "volume" },
    rule: { head: ruleOf, rest: (i) => data.location[i] || nameOf(i), noun: "rule" },
    project: { head: projectOf, rest: nameOf, noun: "project" }
  };
  function inScope(scope, i) {
    const g = groupings[scope.by];
    return g.head(i) === scope.head && g.rest(i).startsWith(scope.prefix);
  }
  var headName = (by, head) => safe(head) || "(no " + groupings[by].noun + ")";
  var scopeName = (scope) => headName(scope.by, scope.head) + (scope.prefix ? " / " + safe(scope.prefix) : "");
  function parts(rows2, by, scope, weigh) {
    const g = groupings[by];
    const depth = scope ? scope.prefix.length : 0;
    const found = /* @__PURE__ */ new Map();
    for (const i of rows2) {
      let key;
      if (!scope) {
        key = g.head(i);
      } else {
        const rest = g.rest(i);
        const cut = rest.indexOf("/", depth);
        key = cut < 0 ? rest.slice(depth) : rest.slice(depth, cut + 1);
      }
      let part = found.get(key);
      if (!part) found.set(key, part = newPart(by, scope, key));
      add(part, i, weigh(i));
    }
    const list = [...found.values()];
    for (const part of list) {
      if (part.folder) deepen(part, g);
      const prefix = !scope && by === "place" && prefixOf(part.rows[0]);
      if (prefix) part.label = part.label.replace(headName(by, part.key), (name) => name + ":" + safe(prefix));
    }
    return list.sort((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1));
  }
  function newPart(by, scope, key) {
    const inside = scope ? { by, head: scope.head, prefix: scope.prefix + key } : { by, head: key, prefix: "" };
    return {
      key,
      scope: inside,
      depth: scope ? scope.prefix.length : 0,
      label: scope ? safe(key) : headName(by, key),
      folder: !scope || key.endsWith("/"),
      ...nothing()
    };
  }
  var nothing = () => ({
    rows: [],
    files: 0,
    bytes: 0,
    weight: 0,
    states: new Array(data.states.length).fill(0),
    counts: new Array(data.states.length).fill(0)
  });
  function add(part, i, weight) {
    part.rows.push(i);
    part.files++;
    part.bytes += data.size[i];
    part.weight += weight;
    part.states[data.state[i]] += weight;
    part.counts[data.state[i]]++;
  }
  function deepen(part, g) {
    const from = part.scope.prefix.length;
    let shared = g.rest(part.rows[0]);
    for (const i of part.rows) {
      const rest = g.rest(i);
      let k = from;
      while (k < shared.length && k < rest.length && shared[k] === rest[k]) k++;
      shared = shared.slice(0, k);
      if (k === from) return;
    }
    const cut = shared.lastIndexOf("/") + 1;
    if (cut <= from) return;
    part.label += (part.label.endsWith("/") ? "" : " / ") + safe(shared.slice(from, cut));
    part.scope = { ...part.scope, prefix: shared.slice(0, cut) };
  }
  function squarify(weights, box) {
    const sum2 = weights.reduce((a, b) => a + b, 0);
    const scale = sum2 > 0 ? box.w * box.h / sum2 : 0;
    const places = [];
    let { x, y, w, h } = box;
    let at = 0;
    while (at < weights.length) {
      const side = Math.min(w, h);
      let area = weights[at] * scale;
      let end = at + 1;
      let worst = ratio(weights[at] * scale, area, side);
      while (end < weights.length) {
        const next = weights[end] * scale;
        const then = Math.max(ratio(weights[at] * scale, area + next, side), ratio(next, area + next, side));
        if (then > worst) break;
        area += next;
        worst = then;
        end++;
      }
      const depth = side > 0 ? area / side : 0;
      let along = 0;
      for (; at < end; at++) {
        const length = depth > 0 ? weights[at] * scale / depth : 0;
        places.push(w >= h ? { x, y: y + along, w: depth, h: length } : { x: x + along, y, w: length, h: depth });
        along += length;
      }
      if (w >= h) {
        x += depth;
        w -= depth;
      } else {
        y += depth;
        h -= depth;
      }
    }
    return places;
  }
  function ratio(part, row, side) {
    if (part <= 0 || row <= 0 || side <= 0) return Infinity;
    const across = row / side;
    const along = part / across;
    return Math.max(across / along, along / across);
  }

  // internal/report/script/filter.js
  var filter = { words: [], state: -1, rule: -1, volume: -1, problem: -1, scope: null };
  var order = { column: "", down: false };
  var rows = { within: new Uint32Array(0), shown: new Uint32Array(0) };
  var watchers = [];
  var haystacks = null;
  function haystack(i) {
    haystacks ??= new Array(data.n);
    haystacks[i] ??= [
      data.path[i],
      placeOf(i),
      ruleOf(i),
      projectOf(i),
      data.file[i],
      data.exportID[i],
      data.states[data.state[i]],
      why(i),
      messageOf(i)
    ].join("\n").toLowerCase();
    return haystacks[i];
  }
  function passes(i) {
    return (filter.state < 0 || data.state[i] === filter.state) && (filter.rule < 0 || data.rule.of[i] === filter.rule) && (filter.volume < 0 || data.volume.of[i] === filter.volume) && (filter.problem < 0 || data.problem[i] === filter.problem) && filter.words.every((word) => haystack(i).includes(word));
  }
  function select(from, meets) {
    const kept = new Uint32Array(from.length);
    let n = 0;
    for (const i of from) if (meets(i)) kept[n++] = i;
    return kept.slice(0, n);
  }
  var all = Uint32Array.from({ length: data.n }, (_, i) => i);
  function refresh() {
    rows.within = filtered() ? select(all, passes) : all;
    const scope = filter.scope;
    rows.shown = sorted(scope ? select(rows.within, (i) => inScope(scope, i)) : rows.within);
    for (const watch of watchers) watch();
  }
  var filtered = () => filter.words.length > 0 || [filter.state, filter.rule, filter.volume, filter.problem].some((x) => x >= 0);
  var keys = {
    state: (i) => data.state[i],
    path: nameOf,
    size: (i) => data.size[i],
    how,
    rule: ruleOf,
    location: placeOf,
    finished: (i) => data.finished[i] || data.started[i]
  };
  var ranks = /* @__PURE__ */ new Map();
  function rank(column2) {
    if (ranks.has(column2)) return ranks.get(column2);
    const values = Array.from(all, keys[column2]);
    const by = Array.from(all).sort((a, b) => values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : a - b);
    const places = new Uint32Array(data.n);
    let place = 0;
    by.forEach((i, k) => {
      if (k > 0 && values[i] !== values[by[k - 1]]) place = k;
      places[i] = place;
    });
    ranks.set(column2, places);
    return places;
  }
  function sorted(list) {
    if (!order.column) return list;
    const places = rank(order.column);
    const sign = order.down ? -1 : 1;
    return list.slice().sort((a, b) => sign * (places[a] - places[b]) || a - b);
  }
  function setFilter(changes) {
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
    byId("count").textContent = rows.shown.length === 0 ? "No file matches" : count(rows.shown.length) + of + (data.n === 1 ? " file, " : " files, ") + size(bytes);
  }
  function options(id, everything, names) {
    byId(id).append(
      el("option", { value: -1 }, everything),
      ...names.map(([value, name]) => el("option", { value }, name))
    );
  }
  function startFilters() {
    const present = new Set(data.state);
    options("f-state", "All", data.states.map((s, i) => [i, title(s)]).filter(([i]) => present.has(i)));
    const named = (names) => names.map((name, i) => [i, safe(name) || "(none)"]).sort((a, b) => a[1] < b[1] ? -1 : 1);
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
  function follow(e) {
    const link = e.target.closest("a[data-state], a[data-problem]");
    if (!link) return;
    const none = { words: [], state: -1, rule: -1, volume: -1, problem: -1, scope: null };
    byId("search").value = "";
    if (link.dataset.state) setFilter({ ...none, state: STATE[link.dataset.state] });
    if (link.dataset.problem) setFilter({ ...none, problem: Number(link.dataset.problem) });
  }

  // internal/report/script/labels.js
  var pen = document.createElement("canvas").getContext("2d");
  var family = getComputedStyle(document.body).fontFamily;
  function fits(text, room, bold) {
    pen.font = (bold ? "600 " : "") + "13px " + family;
    return pen.measureText(text).width <= room;
  }
  function distinguish(list) {
    const byName = [...list].sort((a, b) => a.label < b.label ? -1 : 1);
    const common = sharedWith(byName[0]?.label ?? "", byName.at(-1)?.label ?? "", (text, n) => text[n]);
    byName.forEach((part, k) => {
      const others = [byName[k - 1], byName[k + 1]].filter(Boolean).map((p) => p.label);
      const same = (at) => Math.max(0, ...others.map((other) => sharedWith(part.label, other, at)));
      const length = part.label.length;
      part.differs = Math.min(same((text, n) => text[n]), length - 1);
      const ending = Math.min(same((text, n) => text[text.length - 1 - n]), length - 1 - part.differs);
      part.common = Math.min(common, part.differs);
      part.begin = part.common;
      while (part.begin > 0 && inWord(part.label, part.begin)) part.begin--;
      part.end = length - ending;
      while (part.end < length && inWord(part.label, part.end)) part.end++;
    });
  }
  function sharedWith(text, other, at) {
    let n = 0;
    while (n < text.length && n < other.length && at(text, n) === at(other, n)) n++;
    return n;
  }
  function inWord(text, at) {
    const pair = text.slice(at - 1, at + 1);
    return /^(\p{L}\p{L}|\p{N}\p{N})$/u.test(pair);
  }
  function shorten(part, room) {
    const text = part.label;
    if (fits(text, room, true)) return text;
    const last = text.length - (text.endsWith("/") ? 1 : 0);
    const cut = (from2, to2) => (from2 > 0 ? "…" : "") + text.slice(from2, to2) + (to2 < last ? "…" : "");
    for (const [from2, to2] of [[part.begin, text.length], [part.begin, part.end]]) {
      if (from2 < to2 && fits(cut(from2, to2), room, true)) return cut(from2, to2);
    }
    const bare = text.slice(part.common, part.end);
    const short = ["…" + bare, bare].find((t) => part.common > 0 && t && fits(t, room, true));
    if (short) return short;
    let from = part.differs;
    let to = from;
    while (to < part.end && fits(cut(from, to + 1), room, true)) to++;
    while (from > part.begin && fits(cut(from - 1, to), room, true)) from--;
    return to - from > 1 ? cut(from, to) : "";
  }

  // internal/report/script/print.js
  var PRINTED = 100;
  var paper = { printing: false };
  var redraws = [];
  function startPrinting() {
    const print = matchMedia("print");
    const turn = (on) => {
      if (paper.printing === on) return;
      paper.printing = on;
      byId("print-note").textContent = rows.shown.length <= PRINTED ? "" : "On paper: the first " + PRINTED + " of " + counted(rows.shown.length, "file") + ". The page itself has them all.";
      for (const redraw of redraws) redraw();
    };
    print.addEventListener("change", (e) => turn(e.matches));
    addEventListener("beforeprint", () => turn(true));
    addEventListener("afterprint", () => turn(print.matches));
    turn(print.matches);
  }

  // internal/report/script/picture.js
  var DEEPEST = 4;
  var MOST = 400;
  var LEAST = 2200;
  var HEAD = 24;
  var picture = { by: "place", area: "bytes", scope: null, hues: /* @__PURE__ */ new Map(), cells: [] };
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
      picture.scope = filter.scope;
      drawPicture();
    });
    redraws.push(drawPicture);
  }
  function enter(scope) {
    setFilter({ scope });
  }
  function shape() {
    const width = Math.max(byId("map").clientWidth, 280);
    return { width, height: Math.round(Math.max(260, Math.min(width * (width < 600 ? 1.1 : 0.5), 560))) };
  }
  function drawPicture() {
    const { width, height } = shape();
    const list = picture.scope ? select(rows.within, (i) => inScope(picture.scope, i)) : rows.within;
    let weigh = picture.area === "bytes" ? (i) => data.size[i] : () => 1;
    if (picture.area === "bytes" && !list.some((i) => data.size[i] > 0)) weigh = () => 1;
    picture.cells = [];
    const root = svg("svg", {
      viewBox: "0 0 " + width + " " + height,
      role: "group",
      "aria-label": "Areas in proportion to " + (picture.area === "bytes" ? "bytes" : "the number of files")
    });
    const box = { x: 0, y: 0, w: width, h: height };
    level(root, gather(heavy(parts(list, picture.by, picture.scope, weigh)), roomFor(box)), box, { weigh, depth: 0, hue: -1 });
    byId("map").replaceChildren(root);
    if (picture.cells.length > 0) picture.cells[0].element.setAttribute("tabindex", "0");
    byId("map-says").textContent = list.length === 0 ? "No file matches the filters." : "";
    crumbs();
  }
  function level(into, list, box, how2) {
    const plain = how2.depth === 0 && list.length <= 2;
    distinguish(list);
    squarify(list.map((p) => p.weight), box).forEach((place, k) => {
      if (place.w < 2 || place.h < 2) return;
      const part = list[k];
      const hue = how2.hue >= 0 ? how2.hue : hueOf(part);
      const inner = { x: place.x + 3, y: place.y + HEAD, w: place.w - 6, h: place.h - HEAD - 3 };
      const inside = how2.depth + 1 < DEEPEST && place.w > 110 && place.h > HEAD + 50 ? contents(part, inner, how2) : null;
      cell(into, part, place, { hue, head: inside !== null });
      if (inside) level(into, inside, inner, { ...how2, depth: how2.depth + 1, hue: plain ? -1 : hue });
    });
  }
  var roomFor = (box) => Math.max(Math.min(MOST, Math.floor(box.w * box.h / LEAST)), 4);
  function contents(part, box, how2) {
    if (!part.folder || part.rest) return null;
    const list = gather(heavy(parts(part.rows, picture.by, part.scope, how2.weigh)), roomFor(box));
    const rest = list.find((p) => p.rest);
    return rest && rest.weight > part.weight / 2 ? null : list;
  }
  var heavy = (list) => list.filter((p) => p.weight > 0);
  function gather(list, most) {
    if (list.length <= most) return list;
    return alike(list, most) ?? withRest(list, most);
  }
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
    const letters2 = (n) => (key) => key.slice(0, n);
    for (const cut of [marks, letters2]) {
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
    const groups = /* @__PURE__ */ new Map();
    for (const part of list) {
      const key = beginning(part.key);
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(part);
    }
    return groups;
  }
  function joined(beginnings) {
    const list = [];
    for (const [beginning, parts2] of beginnings) {
      if (parts2.length === 1) {
        list.push(parts2[0]);
        continue;
      }
      const first = parts2[0].scope;
      const before = groupings[first.by].rest(parts2[0].rows[0]).slice(0, parts2[0].depth);
      list.push({ ...sumOf(parts2), key: beginning, scope: { ...first, prefix: before + beginning }, folder: true, label: safe(beginning) + "…" });
    }
    return list.sort((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1));
  }
  function withRest(list, most) {
    const rest = sumOf(list.slice(most - 1));
    rest.label = count(list.length - most + 1) + " more, each smaller";
    return [...list.slice(0, most - 1), { ...rest, key: "", rest: true, scope: null, folder: false }].sort((a, b) => b.weight - a.weight);
  }
  function sumOf(parts2) {
    const sum2 = nothing();
    for (const part of parts2) {
      for (const i of part.rows) sum2.rows.push(i);
      sum2.files += part.files;
      sum2.bytes += part.bytes;
      sum2.weight += part.weight;
      part.states.forEach((weight, s) => sum2.states[s] += weight);
      part.counts.forEach((n, s) => sum2.counts[s] += n);
    }
    return sum2;
  }
  function hueOf(part) {
    if (part.rest) return "x";
    const key = picture.by + "\n" + part.scope.head + "\n" + part.scope.prefix;
    if (!picture.hues.has(key)) picture.hues.set(key, picture.hues.size % 8);
    return picture.hues.get(key);
  }
  function cell(into, part, place, look) {
    const about = part.label + ": " + counted(part.files, "file") + ", " + size(part.bytes) + unfinished(part);
    const group = svg(
      "g",
      {
        class: "cell k" + (part.rest ? "x" : look.hue) + (look.head ? " head" : ""),
        tabindex: "-1",
        role: part.rest ? "img" : "button",
        "aria-label": about,
        "data-cell": picture.cells.length
      },
      svg("title", {}, about),
      svg("rect", { class: "fill", x: place.x, y: place.y, width: place.w, height: place.h, rx: 3 })
    );
    const room = look.head ? { ...place, h: HEAD } : place;
    label(group, part, room);
    if (!look.head) strip(group, part, place);
    group.append(svg("rect", { class: "ring", x: place.x + 1.5, y: place.y + 1.5, width: Math.max(place.w - 3, 0), height: Math.max(place.h - 3, 0), rx: 3 }));
    into.append(group);
    picture.cells.push({ element: group, part, place, about });
  }
  function unfinished(part) {
    const text = data.states.map((name, s) => [name, part.counts[s]]).filter(([name, n]) => name !== "completed" && n > 0).map(([name, n]) => count(n) + " " + name);
    return text.length > 0 ? " (" + text.join(", ") + ")" : "";
  }
  function label(group, part, room) {
    if (room.w < 34 || room.h < 18) return;
    group.append(svg("text", { class: "name", x: room.x + 6, y: room.y + 16 }, shorten(part, room.w - 10)));
    const amount = size(part.bytes);
    if (room.h >= 38) {
      const both = amount + " · " + counted(part.files, "file");
      const text = [both, amount].find((t) => fits(t, room.w - 10, false));
      if (text) group.append(svg("text", { x: room.x + 6, y: room.y + 32 }, text));
    }
  }
  function strip(group, part, place) {
    if (part.counts[STATE.completed] === part.files || place.h < 8) return;
    const width = (s) => part.counts[s] > 0 ? Math.max(3, (place.w - 2) * part.states[s] / (part.weight || 1)) : 0;
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
  function leave(to) {
    enter(to);
    focusCell(0);
  }
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

  // internal/report/script/table.js
  var ROW = 36;
  var SPARE = 8;
  var TALLEST = 6e6;
  var columns = [
    { key: "state", name: "State" },
    { key: "path", name: "File" },
    { key: "size", name: "Size", number: true },
    { key: "how", name: "How" },
    { key: "rule", name: "Rule" },
    { key: "location", name: "To" },
    { key: "finished", name: "Ended" }
  ];
  var active = 0;
  var scroller = byId("scroller");
  var grid = byId("table");
  function startTable() {
    const head = grid.tHead.rows[0];
    columns.forEach((column2) => {
      const button = el(
        "button",
        { type: "button", "data-sort": column2.key },
        el("span", { class: "word" }, column2.name),
        svg("svg", { class: "sort", "aria-hidden": "true" }, svg("use", { href: "#i-sort" }))
      );
      button.lastChild.replaceChildren(svg("path", { class: "up", d: "M2 5.5L5 2.5l3 3" }), svg("path", { class: "down", d: "M2 8.5l3 3 3-3" }));
      button.addEventListener("click", () => sortBy(column2));
      head.append(el("th", { scope: "col", role: "columnheader", "aria-sort": "none", class: column2.number ? "n" : "" }, button));
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
  function sortBy(column2) {
    order.down = order.column === column2.key ? !order.down : column2.key === "size" || column2.key === "state";
    order.column = column2.key;
    [...grid.tHead.rows[0].cells].forEach((th, k) => {
      const on = columns[k].key === order.column;
      th.setAttribute("aria-sort", !on ? "none" : order.down ? "descending" : "ascending");
    });
    refresh();
  }
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
      body.replaceChildren(...rows.shown.length === 0 ? [emptyRow()] : Array.from(rows.shown.slice(0, PRINTED), rowElement));
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
    return el("tr", { class: "empty", role: "row" }, el(
      "td",
      { colspan: columns.length, role: "gridcell" },
      data.n === 0 ? "There are no files yet." : "No file matches. Clear the filters to see all."
    ));
  }
  function rowElement(i, at) {
    const state = data.states[data.state[i]];
    const path = safe(nameOf(i));
    const to = safe(placeOf(i));
    const cell2 = (attributes, ...children) => el("td", { role: "gridcell", ...attributes }, ...children);
    return el(
      "tr",
      { role: "row", id: "row-" + at, "data-at": at, "aria-rowindex": at + 2 },
      cell2({ class: "status t-" + state, title: why(i) ? safe(why(i)) : null }, icon(state), el("span", { class: "word" }, title(state))),
      cell2({ title: path }, inFolder(path, 0)),
      cell2({ class: "n" }, size(data.size[i])),
      cell2({ class: "how" }, how(i)),
      cell2({ title: safe(ruleOf(i)) }, safe(ruleOf(i))),
      cell2({ title: to }, inFolder(to, safe(volumeOf(i)).length)),
      cell2({}, time(data.finished[i]).slice(0, 16))
    );
  }
  function inFolder(path, from) {
    const cut = Math.max(path.lastIndexOf("/") + 1, from);
    return el("span", { class: "path" }, el("bdi", { class: "dir" }, path.slice(0, cut)), el("bdi", { class: "base" }, path.slice(cut)));
  }
  function setActive(at) {
    active = Math.max(0, Math.min(at, rows.shown.length - 1));
    const { sight, stretch, top } = extent();
    if (active * ROW < top) scroller.scrollTop = active * ROW / stretch;
    else if ((active + 1) * ROW > top + sight) scroller.scrollTop = ((active + 1) * ROW - sight) / stretch;
    draw();
  }
  function onTableKey(e) {
    if (e.target !== grid || e.altKey || e.ctrlKey || e.metaKey) return;
    const page = Math.max(Math.floor(extent().sight / ROW) - 1, 1);
    const to = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.shown.length - 1
    }[e.key];
    if (to !== void 0) {
      e.preventDefault();
      setActive(to);
    } else if ((e.key === "Enter" || e.key === " ") && rows.shown.length > 0) {
      e.preventDefault();
      showDetails(rows.shown[active]);
    }
  }

  // internal/report/script/timeline.js
  var chart = { run: null, at: -1, scale: null };
  function startTimeline() {
    const section = byId("timeline");
    if (data.runs.length === 0) {
      byId("chart").append(el("p", { class: "hint" }, "No file has a time on record yet."));
      byId("run-field").hidden = true;
      section.querySelector("details").hidden = true;
      return;
    }
    const select2 = byId("run");
    data.runs.forEach((run, k) => select2.append(el("option", { value: k }, stamp(run.from, 16) + " · " + counted(run.files, "file"))));
    byId("run-field").hidden = data.runs.length === 1;
    select2.addEventListener("change", () => {
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
  function running(list) {
    let sum2 = 0;
    return list.map((n) => sum2 += n);
  }
  function drawTimeline() {
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
      x: (t) => box.left + (box.right - box.left) * (t - run.from) / (end - run.from),
      y: (n) => box.bottom - (box.bottom - box.top) * n / nice(most)
    };
    const strip2 = run.budget ? { top: 272, bottom: 332 } : null;
    const height = strip2 ? 344 : 248;
    const root = svg("svg", {
      viewBox: "0 0 " + width + " " + height,
      tabindex: "0",
      role: "slider",
      "aria-label": "Files submitted and ended over time",
      "aria-valuemin": 0,
      "aria-valuemax": bins - 1
    });
    axes(root, run, box, height, end);
    waits(root, run, box);
    curves(root, run, box);
    if (strip2) requests(root, run, box, strip2);
    root.append(svg("line", { class: "cursor", y1: box.top, y2: strip2 ? strip2.bottom : box.bottom, visibility: "hidden" }));
    byId("chart").replaceChildren(root);
    root.addEventListener("keydown", onChartKey);
    root.addEventListener("pointermove", (e) => {
      const rect = root.getBoundingClientRect();
      const x = (e.clientX - rect.left) * width / rect.width;
      point(Math.round((x - box.left) / (box.right - box.left) * bins - 0.5));
    });
    sum(run, end);
    table(run);
    point(chart.at < 0 ? bins - 1 : chart.at, chart.at < 0);
  }
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
  function ticks(from, end, width) {
    const room = Math.max(Math.floor(width / 110), 2);
    const units = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592e3, 31536e3];
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
    byId("legend").replaceChildren(...lines.map(([name, sums]) => el(
      "li",
      {},
      svg("svg", { viewBox: "0 0 26 8", "aria-hidden": "true" }, svg("path", { class: "line-" + name, d: "M1 4L25 4" })),
      title(name) + " ",
      el("b", {}, count(sums.at(-1)))
    )));
    if (root.querySelector(".wait")) {
      byId("legend").append(el("li", {}, svg(
        "svg",
        { viewBox: "0 0 26 8", "aria-hidden": "true" },
        svg("rect", { class: "wait", width: 26, height: 8 })
      ), "Waiting for requests, or for maintenance to end"));
    }
  }
  function requests(root, run, box, strip2) {
    const limit = Math.max(...run.budget.map((b) => b.limit), 1);
    const y = (n) => strip2.bottom - (strip2.bottom - strip2.top) * Math.min(n, limit) / limit;
    root.append(svg("text", { class: "label l-budget", x: box.left, y: strip2.top - 8 }, "Requests left of " + count(limit)));
    for (const [n, kind] of [[0, "axis"], [limit, "grid"]]) {
      root.append(svg("line", { class: kind, x1: box.left, x2: box.right, y1: y(n), y2: y(n) }));
      root.append(svg("text", { x: box.left - 8, y: y(n) + 4, "text-anchor": "end" }, count(n)));
    }
    const end = run.from + run.submitted.length * run.step;
    const points = run.budget.filter((b) => b.at >= run.from && b.at <= end).map((b) => chart.scale.x(b.at).toFixed(1) + " " + y(b.remaining).toFixed(1));
    if (points.length === 0) return;
    const x = (p) => p.split(" ")[0];
    root.append(svg("path", { class: "area-budget", d: "M" + x(points[0]) + " " + strip2.bottom + "L" + points.join("L") + "L" + x(points.at(-1)) + " " + strip2.bottom + "Z" }));
    root.append(svg("path", { class: "line-budget", d: "M" + points.join("L") }));
  }
  function sum(run, end) {
    const seconds = Math.max(run.until - run.from, 1);
    const moved = chart.sums.moved.at(-1);
    const facts = [
      stamp(run.from, 16) + " UTC",
      "took " + duration(run.until - run.from),
      counted(run.files, "file") + ", " + size(run.bytes),
      moved > 0 && seconds >= 60 ? size(moved / seconds) + "/s" : "",
      run.requests ? counted(run.requests, "request") : "",
      run.retries ? count(run.retries) + (run.retries === 1 ? " retry" : " retries") : ""
    ];
    byId("run-sum").textContent = facts.filter(Boolean).join(" · ");
  }
  function moment(k) {
    const run = chart.run;
    const at = run.from + (k + 1) * run.step;
    const { submitted, completed, failed, moved } = chart.sums;
    const open2 = submitted[k] - completed[k] - failed[k];
    const left = (run.budget ?? []).findLast((b) => b.at < at);
    return { at, submitted: submitted[k], completed: completed[k], failed: failed[k], open: open2, bytes: moved[k], left };
  }
  function point(k, quiet) {
    const run = chart.run;
    const at = Math.max(0, Math.min(k, run.submitted.length - 1));
    const m = moment(at);
    const text = stamp(Math.min(m.at, run.until), run.step < 60 ? 19 : 16) + ": " + count(m.submitted) + " submitted, " + count(m.completed) + " completed (" + size(m.bytes) + ")" + (m.failed ? ", " + count(m.failed) + " failed" : "") + (m.open > 0 ? ", " + count(m.open) + " under way" : "") + (m.left ? ", " + counted(m.left.remaining, "request") + " left" : "");
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
      ArrowRight: now + 1,
      ArrowUp: now + 1,
      ArrowLeft: now - 1,
      ArrowDown: now - 1,
      PageUp: now + jump,
      PageDown: now - jump,
      Home: 0,
      End: last
    }[e.key];
    if (to === void 0) return;
    e.preventDefault();
    point(to);
  }
  function table(run) {
    const bins = run.submitted.length;
    const every = Math.max(Math.ceil(bins / 12), 1);
    const head = ["Until", "Submitted", "Completed", "Failed", "Under way", ...run.budget ? ["Requests left"] : []];
    const rows2 = [];
    for (let k = Math.min(every, bins) - 1; k < bins; k = k === bins - 1 ? bins : Math.min(k + every, bins - 1)) {
      const m = moment(k);
      const cells = [m.submitted, m.completed, m.failed, Math.max(m.open, 0), ...run.budget ? [m.left ? m.left.remaining : ""] : []];
      rows2.push(el("tr", {}, el("th", { scope: "row" }, stamp(Math.min(m.at, run.until), 19)), ...cells.map((n) => el("td", { class: "n" }, n === "" ? "" : count(n)))));
    }
    byId("chart-table").replaceChildren(el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ...head.map((h, k) => el("th", { scope: "col", class: k ? "n" : "" }, h)))),
      el("tbody", {}, ...rows2)
    ));
  }

  // internal/report/script/main.js
  startFilters();
  startTable();
  startDetails();
  startPicture();
  startTimeline();
  refresh();
  drawTimeline();
  startPrinting();
})();
