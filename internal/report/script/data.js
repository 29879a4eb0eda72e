// The data, as columns: row i of every list is the same file at the same place.

const raw = JSON.parse(document.getElementById("data").textContent);

const column = (k) => raw.rows.map((row) => row[k]);

export const data = {
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
  started: column(7), // Unix seconds; 0 when not known
  finished: column(8), // Unix seconds; 0 when not known
  problem: column(9), // -1 for none
  volume: { names: raw.volumes, prefixes: raw.prefixes, of: column(10) }, // a prefix that is not known is null
  project: { names: raw.projects, of: column(11) },
  rule: { names: raw.rules, of: column(12) },
  message: { names: raw.messages, of: column(13) },
};

export const FLAG = { move: 1, copy: 2, overwrite: 4, tolerated: 8 };
export const STATE = Object.fromEntries(data.states.map((name, i) => [name, i]));

export const volumeOf = (i) => data.volume.names[data.volume.of[i]];
export const projectOf = (i) => data.project.names[data.project.of[i]];
export const ruleOf = (i) => data.rule.names[data.rule.of[i]];
export const messageOf = (i) => data.message.names[data.message.of[i]];
export const nameOf = (i) => data.path[i] || data.file[i];

// placeOf is VOLUME:KEY, or as much of it as is known.
export const prefixOf = (i) => data.volume.prefixes[data.volume.of[i]];
export const placeOf = (i) => volumeOf(i) + (data.location[i] ? ":" + (prefixOf(i) ?? "") + data.location[i] : "");

// how says whether a row's file is moved or copied, in one word.
export function how(i) {
  const done = data.state[i] === STATE.completed;
  if (data.flags[i] & FLAG.copy) return done ? "copied" : "copy";
  if (data.flags[i] & FLAG.move) return done ? "moved" : "move";
  return data.state[i] === STATE.blocked ? "" : "?";
}

// why is what went wrong with a row, in one sentence, or nothing.
export const why = (i) => (data.problem[i] < 0 ? "" : data.problems[data.problem[i]].title);
