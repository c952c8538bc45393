// Puts the page together from the data block.

const data = JSON.parse(document.getElementById("study-data").textContent);
const { words, panel } = data;
const stage = map.getContainer().parentElement;
const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const FEW_DOTS = 2000;
const entries = [];
let chosen = null; // the isochrones of the center that was clicked

document.documentElement.lang = data.language === "zh" ? "zh-CN" : "en";
document.title = panel.name;
map.createPane("labels").style.pointerEvents = "none";
map.getPane("labels").style.zIndex = 590;

const CARD = 190; // room above a place for its card, pixels

// A card that opens on the way would push the map aside, so it waits for the arrival.
function goTo(bounds, open) {
  document.getElementById("study").classList.remove("tall"); // on a phone the map must be seen to be looked at
  map.stop().closePopup();
  if (open) map.once("moveend", open);
  const above = open ? CARD : 36;
  map.fitBounds(bounds, { paddingTopLeft: [36, above], paddingBottomRight: [36, 36], maxZoom: 16.5, animate: !still });
}

function add(key, layer, legend = [], on = true) {
  entries.push({ key, layer, legend, on });
}

function bandSwatch(color) {
  const node = el("i", { class: "swatch band" });
  node.style.background = color;
  return node;
}

// Seen from afar the card would hide what one can walk to.
function comeCloser(bounds) {
  const size = map.latLngToLayerPoint(bounds.getSouthEast()).distanceTo(map.latLngToLayerPoint(bounds.getNorthWest()));
  if (size < 320) map.fitBounds(bounds, { paddingTopLeft: [30, 110], paddingBottomRight: [30, 30], maxZoom: 15, animate: !still });
}

function addAreas(shapes, own) {
  const area = shapes.map((parts, i) => ({ parts, band: data.area.band[i] }));
  const layer = new CanvasLayer("area", 410, drawBands(() => chosen || area, data.bands));
  const byCenter = new Map();
  own.forEach((parts, i) => {
    const center = data.isochrones.center[i];
    byCenter.set(center, [...(byCenter.get(center) || []), { parts, band: data.isochrones.band[i] }]);
  });
  add("area", layer, data.bands.map(({ label: text, color }) => [bandSwatch(color), text]));
  return (center) => {
    chosen = center === null ? null : byCenter.get(center) || null;
    stage.classList.toggle("one-center", chosen !== null);
    if (map.hasLayer(layer)) layer.redraw();
    if (chosen) comeCloser(boundsOf(chosen[chosen.length - 1].parts));
  };
}

function addDistricts(shapes) {
  const outline = { className: "district", fill: false, interactive: false, smoothFactor: 0.5 };
  const lines = shapes.map((parts) => L.polygon(parts.map(latLngsOf), outline));
  const named = shapes.length > 1 ? data.districts.names : []; // one district is the whole map
  const names = named.map((name, i) => label(data.districts.at[i], name, "district-name"));
  add("districts", L.layerGroup([...lines, ...names]), [[el("i", { class: "swatch outline" })]]);
}

function addGaps(shapes) {
  const { items, at, listed } = data.gaps;
  const polygons = shapes.map((parts, i) => {
    const polygon = L.polygon(parts.map(latLngsOf), { className: i < listed ? "gap" : "gap minor", smoothFactor: 0.5 });
    return withCard(polygon, items[i].name, items[i].rows);
  });
  const numbers = items.slice(0, listed).map((_, i) => label(at[i], String(i + 1), "gap-number"));
  add("gaps", L.layerGroup([...polygons, ...numbers]), [[el("i", { class: "swatch gap" })]]);
  return (i) => {
    goTo(boundsOf(shapes[i]), () => polygons[i].openPopup(L.latLng(at[i])));
  };
}

function addCenters(show) {
  const { items, tiers } = data.centers;
  const marks = items.map(({ at, mark, name, rows }, i) => {
    const center = marker(at, centerMark(mark, tiers), 20, name, { zIndexOffset: 200 - 50 * mark });
    return withCard(named(center, name), name, rows)
      .on("popupopen", () => show(i))
      .on("popupclose", () => show(null));
  });
  add("centers", L.layerGroup(marks), (tiers.length ? tiers : [words.centers]).map((tier, i) => [centerMark(i, tiers), tier]));
}

function addSites() {
  const marks = data.sites.items.map(({ at, rank, name, rows }) =>
    withCard(named(marker(at, siteMark(rank), 34, name, { zIndexOffset: 400 }), name), name, rows),
  );
  add("sites", L.layerGroup(marks), [[siteMark("")]]);
  return (i) => {
    goTo(L.latLng(data.sites.items[i].at).toBounds(1500), () => marks[i].openPopup());
  };
}

// The covered are drawn apart: in a city their dots would hide the walking times.
async function addPeople(places) {
  const [reasons, sizes] = await Promise.all([unpackNumbers(data.demand.reason), unpackNumbers(data.demand.size)]);
  const groups = panel.reasons.map(({ key, color }) => ({ key, color, rows: [] }));
  reasons.forEach((reason, i) => groups[reason].rows.push(i));
  const [covered, ...left] = groups;
  const layer = (name, some) => new CanvasLayer(name, 430, drawDots(places, sizes, data.demand.steps, some));
  const few = covered.rows.length <= FEW_DOTS;
  add("people_covered", layer("people_covered", [covered]), [[dot(covered.color)]], few);
  add("people_left", layer("people_left", left), left.map(({ key, color }) => [dot(color), words[key]]));
}

// Drawn layers from the bottom up; returns what a click in the lists does.
async function addLayers() {
  const packed = (layer) => (layer ? unpackShapes(layer.shapes) : []);
  const [area, own, districts, gaps, places] = await Promise.all(
    [data.area, data.isochrones, data.districts, data.gaps, data.demand].map(packed),
  );
  const show = data.area || data.isochrones ? addAreas(area, own) : () => {};
  if (data.streets) {
    const [lines] = await unpackShapes(data.streets);
    add("streets", new CanvasLayer("streets", 420, drawStreets(lines)), [[el("i", { class: "swatch line" })]]);
  }
  await addPeople(places[0][0]);
  if (data.districts) addDistricts(districts);
  const toGap = data.gaps ? addGaps(gaps) : null;
  addCenters(show);
  const toSite = data.sites ? addSites() : null;
  return { toGap, toSite, toDistrict: (i) => goTo(boundsOf(districts[i])) };
}

function addControls() {
  L.control.zoom({ position: "topright", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
  const home = L.control({ position: "topright" });
  home.onAdd = () => {
    const button = el("button", { type: "button", class: "home", title: words.whole, "aria-label": words.whole }, [
      drawing(18, [["path", { d: "M-7,-2V-7H-2M2,-7H7V-2M7,2V7H2M-2,7H-7V2", fill: "none", stroke: "#333", "stroke-width": 1.8 }]]),
    ]);
    L.DomEvent.disableClickPropagation(button);
    button.addEventListener("click", () => goTo(data.bounds));
    return el("div", { class: "leaflet-bar" }, [button]);
  };
  home.addTo(map);
  L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
  const credits = L.control({ position: "bottomright" });
  credits.onAdd = () => el("div", { class: "credits", text: ["Leaflet", ...panel.sources].join(" · ") });
  credits.addTo(map);
}

function fillPanel({ toGap, toSite, toDistrict }) {
  const { gaps, sites } = data;
  const toggle = el("button", { type: "button", id: "toggle", "aria-label": words.panel, title: words.panel });
  toggle.addEventListener("click", () => document.getElementById("study").classList.toggle("tall"));
  const listed = gaps && gaps.items.slice(0, gaps.listed).map((gap, i) => ({ ...gap, mark: String(i + 1) }));
  const proposed = sites && sites.items.map((site) => ({ ...site, mark: String(site.rank) }));
  document.getElementById("panel").replaceChildren(
    toggle,
    panelHead(panel, words),
    layerSwitches(words, entries, map),
    ...[
      panel.districts && districtTable(panel.districts, words, toDistrict),
      gaps && placeList(words.gaps, "gaps", listed, gaps.more, toGap),
      sites && placeList(words.sites, "sites", proposed, null, toSite),
    ].filter(Boolean),
    panelFoot(panel, words),
  );
}

// The map keeps the size it has on the screen and is printed larger or smaller as a whole: Chromium prints a
// canvas that is redrawn on the way to the printer on a white ground, which hides what lies below it.
const PAPER = [1040, 700]; // A4 landscape within its margins, in pixels

function preparePrinting() {
  window.addEventListener("beforeprint", () => {
    const { clientWidth: wide, clientHeight: high } = stage;
    stage.style.setProperty("--wide", `${wide}px`);
    stage.style.setProperty("--high", `${high}px`);
    stage.style.setProperty("--fit", Math.min(PAPER[0] / wide, PAPER[1] / high));
    document.body.classList.add("printing");
  });
  window.addEventListener("afterprint", () => document.body.classList.remove("printing"));
}

function followSize() {
  const printing = () => document.body.classList.contains("printing");
  new ResizeObserver(() => printing() || map.invalidateSize({ animate: false })).observe(stage);
}

async function start() {
  map.fitBounds(data.bounds, { padding: [24, 24], maxZoom: 16.5, animate: false });
  addControls();
  document.addEventListener("keydown", ({ key }) => key === "Escape" && map.closePopup());
  map.on("popupopen", ({ popup }) => {
    const close = popup.getElement().querySelector(".leaflet-popup-close-button");
    close.setAttribute("aria-label", words.close);
  });
  preparePrinting();
  followSize();
  try {
    fillPanel(await addLayers());
  } catch (error) {
    entries.length = 0;
    const nothing = () => {};
    fillPanel({ toGap: nothing, toSite: nothing, toDistrict: nothing });
    document.getElementById("panel").prepend(el("p", { role: "alert", class: "alert", text: words.too_old }));
    if (typeof DecompressionStream !== "undefined") throw error;
  }
  document.documentElement.dataset.ready = "true";
}

start();
