// The texts in sight whose colour differs too little from what is behind them,
// by the measure of WCAG 2: 4.5 to 1, and 3 to 1 for big ones.
(() => {
  const parse = (text) => {
    const part = text.match(/[\d.]+/g).map(Number);
    if (text.startsWith("color(srgb")) return [part[0] * 255, part[1] * 255, part[2] * 255, part[3] ?? 1];
    return [part[0], part[1], part[2], part[3] ?? 1];
  };
  const luminance = ([r, g, b]) => {
    const linear = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const over = (top, under) => [0, 1, 2].map((k) => top[k] * top[3] + under[k] * (1 - top[3])).concat(1);
  const behind = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      if (e.matches(".cell")) {
        layers.push(parse(getComputedStyle(e.querySelector(".fill")).fill));
        break;
      }
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]);
  };
  const faint = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    const element = text.parentElement;
    if (!text.data.trim() || element.closest("script, style, title, option, :disabled, dialog:not([open]), .sprites")) continue;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    if (box.width < 2 || box.height < 2 || style.visibility === "hidden" || style.display === "none") continue;
    const ground = behind(element);
    const ink = over(parse(element.closest("svg") ? style.fill : style.color), ground);
    const [a, b] = [luminance(ink), luminance(ground)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const pixels = parseFloat(style.fontSize);
    const big = pixels >= 24 || (pixels >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (big ? 3 : 4.5)) {
      faint.add(ratio.toFixed(2) + " to 1: " + element.tagName + " " + (element.getAttribute("class") ?? "") + " " + text.data.trim().slice(0, 40));
    }
  }
  return [...faint].slice(0, 20);
})()
