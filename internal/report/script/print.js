// Paper gets the first rows and says so.

import { rows } from "./filter.js";
import { byId, counted } from "./words.js";

export const PRINTED = 100; // rows on paper

// paper.printing is whether the page is being laid out for paper.
export const paper = { printing: false };

// redraws is what draws differently on paper.
export const redraws = [];

export function startPrinting() {
  const print = matchMedia("print");
  const turn = (on) => {
    if (paper.printing === on) return;
    paper.printing = on;
    byId("print-note").textContent = rows.shown.length <= PRINTED ? "" :
      "On paper: the first " + PRINTED + " of " + counted(rows.shown.length, "file") + ". The page itself has them all.";
    for (const redraw of redraws) redraw();
  };
  print.addEventListener("change", (e) => turn(e.matches));
  addEventListener("beforeprint", () => turn(true));
  addEventListener("afterprint", () => turn(print.matches));
  turn(print.matches);
}
