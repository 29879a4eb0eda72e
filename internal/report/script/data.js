// The data, as columns: row i of every list is the same file at the same place.

const raw = JSON.parse(document.getElementById("data").textContent);

// texts undoes what strings share with the one before them.
function texts(column) {
  const all = new Array(column.rest.length);
  let before = "";
  for (let i = 0; i < all.length; i++) {
    before = before.slice(0, column.shared[i]) + column.rest[i];
    all[i] = before;
  }
  return all;
}

export const data = {
  n: raw.n,
  states: raw.states,
  base: raw.base,
  causes: raw.causes,
  reasons: raw.reasons,
  messages: raw.messages,
  runs: raw.runs,
  volume: raw.volume,
  project: raw.project,
  rule: raw.rule,
  location: texts(raw.location),
  path: texts(raw.path),
  file: texts(raw.file),
  exportID: texts(raw.export),
  state: raw.state,
  flags: raw.flags,
  size: raw.size,
  started: raw.started,
  finished: raw.finished,
  cause: raw.cause,
  reason: raw.reason,
  message: raw.message,
};

export const FLAG = { copy: 1, overwrite: 2, tolerated: 4 };
export const STATE = Object.fromEntries(data.states.map((name, i) => [name, i]));

export const volumeOf = (i) => data.volume.names[data.volume.of[i]];
export const projectOf = (i) => data.project.names[data.project.of[i]];
export const ruleOf = (i) => data.rule.names[data.rule.of[i]];
export const nameOf = (i) => data.path[i] || data.file[i];

// why is what went wrong with a row, in one sentence, or nothing.
export function why(i) {
  if (data.cause[i] >= 0) return data.causes[data.cause[i]].text;
  if (data.reason[i] >= 0) return data.reasons[data.reason[i]].title;
  return "";
}
