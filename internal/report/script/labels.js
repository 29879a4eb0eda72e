// What an area of the picture is called where its whole name has no room.

const pen = document.createElement("canvas").getContext("2d");
const family = getComputedStyle(document.body).fontFamily;

export function fits(text, room, bold) {
  pen.font = (bold ? "600 " : "") + "13px " + family;
  return pen.measureText(text).width <= room;
}

// distinguish finds where in the label of each part it begins to differ from those
// most like it, and from all, and the words around that: these are what a shortened
// label keeps.
export function distinguish(list) {
  const byName = [...list].sort((a, b) => (a.label < b.label ? -1 : 1));
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

// inWord is whether a word or a number goes on at a place of a text.
function inWord(text, at) {
  const pair = text.slice(at - 1, at + 1);
  return /^(\p{L}\p{L}|\p{N}\p{N})$/u.test(pair);
}

// shorten makes a label fit: what is left of it is where it differs from the others.
export function shorten(part, room) {
  const text = part.label;
  if (fits(text, room, true)) return text;
  const last = text.length - (text.endsWith("/") ? 1 : 0);
  const cut = (from, to) => (from > 0 ? "…" : "") + text.slice(from, to) + (to < last ? "…" : "");
  for (const [from, to] of [[part.begin, text.length], [part.begin, part.end]]) {
    if (from < to && fits(cut(from, to), room, true)) return cut(from, to);
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
