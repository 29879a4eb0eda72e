// Words and elements. Text from outside becomes a text node or an attribute's
// value and never markup.

export const byId = (id) => document.getElementById(id);

export const title = (word) => word.charAt(0).toUpperCase() + word.slice(1);

const numberFormat = new Intl.NumberFormat("en-US");
export const count = (n) => numberFormat.format(n);
export const counted = (n, noun) => count(n) + " " + noun + (n === 1 ? "" : "s");

// size is a number of bytes for a person, in decimal units.
export function size(bytes) {
  if (bytes < 1000) return bytes + " B";
  const units = ["kB", "MB", "GB", "TB", "PB", "EB"];
  let unit = -1;
  let n = bytes;
  do {
    n /= 1000;
    unit++;
  } while (n >= 999.5 && unit < units.length - 1);
  return (n < 9.95 ? n.toFixed(1) : n.toFixed(0)) + " " + units[unit];
}

// stamp is a time in Unix seconds, in UTC, as far as asked for.
export const stamp = (seconds, length = 19) => new Date(seconds * 1000).toISOString().slice(0, length).replace("T", " ");
export const clock = (seconds, withSeconds) => new Date(seconds * 1000).toISOString().slice(11, withSeconds ? 19 : 16);

// time is a column's time, or nothing.
export const time = (seconds) => (seconds ? stamp(seconds) : "");

// duration is a length of time for a person.
export function duration(seconds) {
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  for (let i = 0; i < parts.length; i++) {
    const [unit, name] = parts[i];
    if (seconds < unit && unit > 1) continue;
    const rest = i + 1 < parts.length ? Math.floor((seconds % unit) / parts[i + 1][0]) : 0;
    return Math.floor(seconds / unit) + " " + name + (rest > 0 ? " " + rest + " " + parts[i + 1][1] : "");
  }
  return "0 s";
}

// Characters that cannot be seen, that turn the text around them, or that look
// like an ordinary space would let one name pass for another. This is the rule of
// Go's view.Safe, down to how a character is written.
const unseen = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
const letters = { "\u0007": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v" };
export const safe = (text) => text.replace(unseen, (c) => "\\" + (letters[c] ?? code(c.codePointAt(0))));

function code(point) {
  const hex = (digits) => point.toString(16).padStart(digits, "0");
  if (point < 0x20 || point === 0x7f) return "x" + hex(2);
  return point < 0x10000 ? "u" + hex(4) : "U" + hex(8);
}

// el makes an element; text becomes a text node.
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

// The namespace comes from the page itself.
const vector = document.querySelector("svg").namespaceURI;
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(vector, name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

export function icon(state) {
  return svg("svg", { class: "icon t-" + state, "aria-hidden": "true" }, svg("use", { href: "#i-" + state }));
}

// later puts a call off until nothing has asked for it for a moment.
export function later(call, wait) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(call, wait);
  };
}
