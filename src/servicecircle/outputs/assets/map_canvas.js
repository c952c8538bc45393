// One canvas for a whole layer: tens of thousands of shapes as one drawing, not as objects of the page.

const MARGIN = 0.15; // drawn beyond each edge of the view, so that dragging shows no blank

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
    const scale = 256 * 2 ** this.zoom;
    const origin = map.project(this.corner, this.zoom);
    context.scale(dense, dense);
    this.draw(context, {
      zoom: this.zoom,
      dense,
      scale,
      x: (unit) => unit * scale - origin.x,
      y: (unit) => unit * scale - origin.y,
      sees: (box) =>
        box[2] * scale >= origin.x &&
        box[0] * scale <= origin.x + wide &&
        box[3] * scale >= origin.y &&
        box[1] * scale <= origin.y + high,
    });
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

