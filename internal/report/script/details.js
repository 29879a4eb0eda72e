// All about one file, in a dialog.

import { data, FLAG, how, messageOf, nameOf, placeOf, prefixOf, projectOf, ruleOf, STATE, why } from "./data.js";
import { byId, count, duration, el, safe, size, time, title } from "./words.js";

const meanings = {
  moved: "moved: the platform's copy is deleted", copied: "copied: the platform keeps its copy",
  move: "is to be moved: the platform's copy will be deleted", copy: "is to be copied: the platform keeps its copy",
  "?": "moved or copied: which of them is not on record", "": "",
};

export function showDetails(i) {
  const flag = (bit) => (data.flags[i] & bit) !== 0;
  const cause = data.state[i] === STATE.failed ? data.problems[data.problem[i]] : null;
  const both = data.started[i] > 0 && data.finished[i] >= data.started[i];
  const entries = [
    ["State", title(data.states[data.state[i]]) + (flag(FLAG.tolerated) ? ", tolerated by the plan" : "")],
    ["Why", why(i) + (cause && cause.code ? " (code " + cause.code + ")" : "")],
    ["Message", messageOf(i)],
    ["What to do", cause ? cause.fix : ""],
    ["Size", size(data.size[i]) + (data.size[i] >= 1000 ? " (" + count(data.size[i]) + " bytes)" : "")],
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
    ["Export job", data.exportID[i], "id"],
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

export function startDetails() {
  const dialog = byId("details");
  dialog.addEventListener("click", (e) => {
    if (e.target === dialog) dialog.close(); // a click beside it
  });
  dialog.addEventListener("close", () => byId("table").focus({ preventScroll: true }));
}
