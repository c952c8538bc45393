// Marks one can reach with the mouse, a finger or the keyboard, and the cards behind them. Every text is a text node.

function el(tag, { text, ...attributes } = {}, children = []) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter(Boolean));
  return node;
}

// A text that stays is left alone: setting it anew would lay the page out anew.
function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function drawing(size, shapes) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", `${-size / 2} ${-size / 2} ${size} ${size}`);
  svg.setAttribute("width", size);
  svg.setAttribute("height", size);
  svg.setAttribute("aria-hidden", "true");
  for (const [tag, attributes, text] of shapes) {
    const shape = document.createElementNS(space, tag);
    for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
    if (text) shape.textContent = text;
    svg.append(shape);
  }
  return svg;
}

const TIERS = [
  { path: "M-6.2,-6.2H6.2V6.2H-6.2Z", color: "#14213d" },
  { path: "M0,-7.6L7.6,0L0,7.6L-7.6,0Z", color: "#5a2a6d" },
  { path: "M0,-5.2A5.2,5.2,0,1,1,0,5.2A5.2,5.2,0,1,1,0,-5.2Z", color: "#22577a" },
  { path: "M0,-6.4L6,4.6H-6Z", color: "#4a4e57" },
];
const ROUND = 2;

function centerMark(mark, tiers) {
  const { path, color } = TIERS[tiers.length ? mark : ROUND];
  return drawing(20, [["path", { d: path, fill: color, stroke: "#fff", "stroke-width": 1.6 }]]);
}

function star(radius, inner) {
  const corners = [];
  for (let i = 0; i < 10; i++) {
    const away = i % 2 ? inner : radius;
    corners.push(`${(away * Math.sin((i * Math.PI) / 5)).toFixed(2)},${(-away * Math.cos((i * Math.PI) / 5)).toFixed(2)}`);
  }
  return corners.join(" ");
}

// Proposed sites are stars with their rank, other candidates small rings; an open one is filled.
function candidateMark({ rank }, open) {
  if (rank === null) {
    const fill = open ? "#f0b429" : "#fff";
    return drawing(20, [
      ["circle", { r: open ? 7.5 : 5, fill, stroke: "#3d2c00", "stroke-width": 1.4 }],
      ["path", { d: "M-3,0H3M0,-3V3", stroke: "#3d2c00", "stroke-width": 1.4 }],
    ]);
  }
  const look = { fill: open ? "#f0b429" : "#fff4d2", stroke: "#3d2c00", "stroke-width": open ? 1.6 : 1.2, "stroke-linejoin": "round" };
  return drawing(34, [
    ["polygon", { points: star(15, 9), ...look }],
    ["text", { y: 4, "text-anchor": "middle", "font-size": 11, "font-weight": 700, fill: "#241a00" }, String(rank || "")],
  ]);
}

function marker(at, size, name, options = {}) {
  const icon = L.divIcon({ className: "mark", iconSize: [size, size] });
  return L.marker(at, { icon, alt: name, keyboard: true, riseOnHover: true, ...options });
}

// Moved by a flat shift: by one in space Chromium would give each of hundreds of marks a layer of its own.
L.Browser.ie3d = true;

// Leaflet sets the alternative text on pictures only; a drawn mark is named here.
function named(mark, name) {
  mark.on("add", () => {
    const node = mark.getElement();
    node.setAttribute("role", "button");
    node.setAttribute("aria-label", name);
  });
  return mark.bindTooltip(() => el("span", { text: name }), { direction: "top", offset: [0, -8], className: "tip" });
}

function card(title, rows, more = []) {
  const facts = rows.flatMap(([label, value]) => [el("dt", { text: label }), el("dd", {}, [value].flat())]);
  return el("div", { class: "card" }, [el("h3", { text: title }), el("dl", {}, facts), ...more]);
}

// The card is made anew whenever it is opened or something changes below it.
function withCard(layer, make) {
  return layer.bindPopup(make, { maxWidth: 300, minWidth: 200, autoPanPadding: [24, 24] });
}

function label(at, text, kind) {
  const icon = L.divIcon({ html: el("span", { text }), className: `label ${kind}`, iconSize: null });
  return L.marker(at, { icon, interactive: false, keyboard: false, pane: "labels" });
}

function action(text, act, kind = "action") {
  const button = el("button", { type: "button", class: kind, text });
  button.addEventListener("click", act);
  return button;
}
