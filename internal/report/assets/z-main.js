// The page comes to life.

startFilters();
startTable();
startDetails();
startPicture();
startTimeline();
refresh();
drawTimeline();
startPrinting();
