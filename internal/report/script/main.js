// The page comes to life.

import { startDetails } from "./details.js";
import { refresh, startFilters } from "./filter.js";
import { startPicture } from "./picture.js";
import { startPrinting } from "./print.js";
import { startTable } from "./table.js";
import { drawTimeline, startTimeline } from "./timeline.js";

startFilters();
startTable();
startDetails();
startPicture();
startTimeline();
refresh();
drawTimeline();
startPrinting();
