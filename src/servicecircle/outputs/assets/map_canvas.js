// One canvas for a whole layer: tens of thousands of shapes as one drawing, not as objects of the page.

const MARGIN = 0.15; // drawn beyond each edge of the view, so that dragging shows no blank
const SPREAD = 18; // pixels beyond its place that a shape may reach: a star, the largest dot

const CanvasLayer = L.Layer.extend({
  initialize(name, height, draw) {
    this.name = name;
    this.height = height;
    this.draw = draw;
  },

  onAdd(map) {
    if (!map.getPane(this.name)) {
      const pane = map.createPane(this.name);
      pane.style.zIndex = this.height;
      pane.style.pointerEvents = "none";
    }
    this.canvas = L.DomUtil.create("canvas", `leaflet-zoom-animated drawn drawn-${this.name}`, map.getPane(this.name));
    this.redraw();
  },

  onRemove() {
    this.canvas.remove();
  },

  getEvents() {
    return { moveend: this.redraw, viewreset: this.redraw, resize: this.redraw, zoom: this.follow, zoomanim: this.glide };
  },

  // Draws all anew and forgets what was there.
  redraw() {
    const map = this._map;
    const size = map.getSize();
    const margin = size.multiplyBy(MARGIN).round();
    const corner = map.containerPointToLayerPoint(L.point(0, 0)).subtract(margin);
    const wide = size.x + 2 * margin.x;
    const high = size.y + 2 * margin.y;
    const dense = window.devicePixelRatio || 1;
    this.zoom = map.getZoom();
    this.corner = map.layerPointToLatLng(corner);
    const context = this.canvas.getContext("2d");
    this.resize(context, wide, high, dense);
    L.DomUtil.setTransform(this.canvas, corner, 1);
    this.view = this.look(map.project(this.corner, this.zoom), 256 * 2 ** this.zoom, dense);
    this.paint(context, [0, 0, this.canvas.width, this.canvas.height]);
  },

  // Draws anew what lies in a box of the unit square, as far as it is on the canvas.
  touch(box) {
    const { view, canvas } = this;
    const reach = SPREAD * view.dense;
    const [left, top] = [view.x(box[0]), view.y(box[1])].map((at) => Math.max(0, Math.floor(at * view.dense - reach)));
    const right = Math.min(canvas.width, Math.ceil(view.x(box[2]) * view.dense + reach));
    const bottom = Math.min(canvas.height, Math.ceil(view.y(box[3]) * view.dense + reach));
    if (!(left < right && top < bottom)) return;
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(left, top, right - left, bottom - top);
    this.paint(context, [left, top, right, bottom]);
  },

  paint(context, [left, top, right, bottom]) {
    const { dense } = this.view;
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    context.scale(dense, dense);
    this.draw(context, { ...this.view, ...this.within([left, top, right, bottom]) });
    context.restore();
  },

  // From the unit square to places on the canvas.
  look(origin, scale, dense) {
    return { zoom: this.zoom, dense, scale, x: (unit) => unit * scale - origin.x, y: (unit) => unit * scale - origin.y };
  },

  // The part that is drawn, in the canvas' own pixels, and which boxes meet it.
  within(pixels) {
    const { x, y, dense } = this.view;
    const [left, top, right, bottom] = pixels.map((at) => at / dense);
    const sees = (box, rim = 0) =>
      x(box[2]) >= left - rim && x(box[0]) <= right + rim && y(box[3]) >= top - rim && y(box[1]) <= bottom + rim;
    return { pixels, sees };
  },

  // A canvas of the right size is wiped instead of made anew.
  resize(context, wide, high, dense) {
    const { canvas } = this;
    const [width, height] = [Math.round(wide * dense), Math.round(high * dense)];
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (canvas.width === width && canvas.height === height) {
      context.clearRect(0, 0, width, height);
      return;
    }
    canvas.width = width;
    canvas.height = height;
    canvas.style.width = `${wide}px`;
    canvas.style.height = `${high}px`;
  },

  // While two fingers zoom, the old drawing is stretched along.
  follow() {
    const scale = this._map.getZoomScale(this._map.getZoom(), this.zoom);
    L.DomUtil.setTransform(this.canvas, this._map.latLngToLayerPoint(this.corner), scale);
  },

  glide({ center, zoom }) {
    const map = this._map;
    const shift = map.containerPointToLayerPoint(L.point(0, 0));
    const origin = map.project(center, zoom).subtract(map.getSize().divideBy(2)).subtract(shift);
    const place = map.project(this.corner, zoom).subtract(origin);
    L.DomUtil.setTransform(this.canvas, place, map.getZoomScale(zoom, this.zoom));
  },
});

