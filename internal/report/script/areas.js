// Areas: which groups rows fall into, and rectangles in proportion to them.

import { data, nameOf, prefixOf, projectOf, ruleOf, volumeOf } from "./data.js";
import { safe } from "./words.js";

// full is a row's place in the grouping that is chosen: a head (its volume, rule
// or project) and a path below that.
export const groupings = {
  place: { head: volumeOf, rest: (i) => data.location[i] || nameOf(i), noun: "volume" },
  rule: { head: ruleOf, rest: (i) => data.location[i] || nameOf(i), noun: "rule" },
  project: { head: projectOf, rest: nameOf, noun: "project" },
};

// A scope is a part of a grouping: {by, head, prefix}. The prefix is empty or
// ends in a slash, or is one file's whole path.
export function inScope(scope, i) {
  const g = groupings[scope.by];
  return g.head(i) === scope.head && g.rest(i).startsWith(scope.prefix);
}

export const headName = (by, head) => safe(head) || "(no " + groupings[by].noun + ")";
export const scopeName = (scope) => headName(scope.by, scope.head) + (scope.prefix ? " / " + safe(scope.prefix) : "");

// parts sorts rows into what a scope consists of: heads at the top, below that
// folders and files. The biggest comes first.
export function parts(rows, by, scope, weigh) {
  const g = groupings[by];
  const depth = scope ? scope.prefix.length : 0;
  const found = new Map();
  for (const i of rows) {
    let key;
    if (!scope) {
      key = g.head(i);
    } else {
      const rest = g.rest(i);
      const cut = rest.indexOf("/", depth);
      key = cut < 0 ? rest.slice(depth) : rest.slice(depth, cut + 1);
    }
    let part = found.get(key);
    if (!part) found.set(key, (part = newPart(by, scope, key)));
    add(part, i, weigh(i));
  }
  const list = [...found.values()];
  for (const part of list) {
    if (part.folder) deepen(part, g);
    // Places on a volume begin with its prefix.
    const prefix = !scope && by === "place" && prefixOf(part.rows[0]);
    if (prefix) part.label = part.label.replace(headName(by, part.key), (name) => name + ":" + safe(prefix));
  }
  return list.sort((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1));
}

function newPart(by, scope, key) {
  const inside = scope ? { by, head: scope.head, prefix: scope.prefix + key } : { by, head: key, prefix: "" };
  return {
    key, scope: inside, depth: scope ? scope.prefix.length : 0, label: scope ? safe(key) : headName(by, key), folder: !scope || key.endsWith("/"),
    ...nothing(),
  };
}

// nothing is the sums over no rows: files by state, and their weight by state.
export const nothing = () => ({
  rows: [], files: 0, bytes: 0, weight: 0,
  states: new Array(data.states.length).fill(0), counts: new Array(data.states.length).fill(0),
});

function add(part, i, weight) {
  part.rows.push(i);
  part.files++;
  part.bytes += data.size[i];
  part.weight += weight;
  part.states[data.state[i]] += weight;
  part.counts[data.state[i]]++;
}

// deepen goes on into a folder as long as it holds nothing but one folder.
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

// squarify lays weights, which are sorted, out in a rectangle, so that each gets
// its share of the area in a shape as near to a square as can be (after Bruls,
// Huizing and van Wijk).
export function squarify(weights, box) {
  const sum = weights.reduce((a, b) => a + b, 0);
  const scale = sum > 0 ? (box.w * box.h) / sum : 0;
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
      const length = depth > 0 ? (weights[at] * scale) / depth : 0;
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

// ratio is how far a part of a row of rectangles is from a square; 1 is one.
function ratio(part, row, side) {
  if (part <= 0 || row <= 0 || side <= 0) return Infinity;
  const across = row / side;
  const along = part / across;
  return Math.max(across / along, along / across);
}
