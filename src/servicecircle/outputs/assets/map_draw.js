// What stands on the canvases: streets, areas within reach, gaps, people.

function trace(context, view, part) {
  context.moveTo(view.x(part[0]), view.y(part[1]));
  for (let i = 2; i < part.length; i += 2) context.lineTo(view.x(part[i]), view.y(part[i + 1]));
}

function drawWater(shapes) {
  const boxed = shapes.map((parts) => [parts, boxOf(parts)]);
  return (context, view) => {
    context.fillStyle = WATER;
    for (const [parts, box] of boxed) {
      if (!view.sees(box, 1)) continue;
      context.beginPath();
      for (const part of parts) {
        trace(context, view, part);
        context.closePath();
      }
      context.fill("evenodd");
    }
  };
}

const WATER = "#cbdde8";

function drawStreets(lines) {
  const boxed = lines.map((line) => [line, boxOf([line])]);
  return (context, view) => {
    context.strokeStyle = view.zoom < 13 ? "rgba(95, 103, 112, 0.42)" : "rgba(95, 103, 112, 0.62)";
    context.lineWidth = Math.min(2.6, Math.max(0.45, 0.55 * 1.35 ** (view.zoom - 13)));
    context.lineJoin = "round";
    context.beginPath();
    for (const [line, box] of boxed) if (view.sees(box)) trace(context, view, line);
    context.stroke();
  };
}

// The part without the vertices that lie within half a pixel of the one before.
function coarser(part, scale) {
  const least = (0.5 / scale) ** 2;
  const kept = [part[0], part[1]];
  for (let i = 2; i < part.length; i += 2) {
    const [x, y] = [part[i] - kept[kept.length - 2], part[i + 1] - kept[kept.length - 1]];
    if (x * x + y * y >= least) kept.push(part[i], part[i + 1]);
  }
  return Float64Array.from(kept);
}

// How a walking time looks at a limit: hatched where only a part of it lies within, null where nothing does.
function bandLook(context, band, minutes) {
  const { minutes: high, color } = data.bands[band];
  if (high <= minutes) return color;
  return partly(band, minutes) ? context.createPattern(hatch(color), "repeat") : null;
}

function partly(band, minutes) {
  return minutes < data.bands[band].minutes && (band === 0 || data.bands[band - 1].minutes < minutes);
}

function hatch(color) {
  const tile = el("canvas", { width: 6, height: 6 });
  const context = tile.getContext("2d");
  context.strokeStyle = color;
  context.lineWidth = 2;
  for (const shift of [-6, 0, 6]) {
    context.moveTo(shift - 1, 7);
    context.lineTo(shift + 7, -1);
  }
  context.stroke();
  return tile;
}

// Areas within 5, 10, 15 minutes of any open place, the largest first: opaque here, the canvas is translucent.
function drawAreas(areas, shown) {
  const coarse = new Map(); // by whole zoom
  const at = (zoom) => {
    const level = Math.min(Math.ceil(zoom), 15);
    if (!coarse.has(level)) {
      const scale = 256 * 2 ** level;
      coarse.set(level, areas.map(({ parts }) => parts.map((part) => coarser(part, scale))));
    }
    return coarse.get(level);
  };
  return (context, view) => {
    const { only, open, minutes } = shown();
    const shapes = at(view.zoom);
    for (let band = data.bands.length - 1; band >= 0; band--) {
      const look = bandLook(context, band, minutes);
      if (!look) continue;
      context.fillStyle = look;
      areas.forEach((area, i) => {
        if (area.band !== band || !(only === null ? open[area.place] : area.place === only)) return;
        if (!view.sees(area.box, 1)) return;
        context.beginPath();
        for (const part of shapes[i]) {
          trace(context, view, part);
          context.closePath();
        }
        context.fill("evenodd");
      });
    }
  };
}

// Pixels are set one by one where there are tens of thousands of shapes, which is many times quicker than drawing
// them. A color is "#rrggbb"; in a pixel blue stands highest, below the opacity.
function pixelOf(color, opacity) {
  const number = parseInt(color.slice(1), 16);
  return ((opacity << 24) | ((number & 255) << 16) | (number & 0xff00) | (number >> 16)) >>> 0;
}

const images = new WeakMap(); // by canvas, so that not every picture needs new memory

// Sets the pixels of a part of the canvas: [left, top, right, bottom].
function onPixels(context, part, set) {
  const { width, height } = context.canvas;
  let image = images.get(context.canvas);
  if (!image || image.width !== width || image.height !== height) {
    image = context.createImageData(width, height);
    images.set(context.canvas, image);
  }
  const pixels = new Uint32Array(image.data.buffer);
  const [left, top, right, bottom] = part;
  for (let row = top; row < bottom; row++) pixels.fill(0, row * width + left, row * width + right);
  set(pixels, width);
  context.putImageData(image, 0, 0, left, top, right - left, bottom - top);
}

// Squares of the cells, joined, with a rim around all of them: the insides cover all rims but the outermost. On the
// larger gaps their number, where there is room for it.
function drawGaps(cells, side, shown) {
  const rim = pixelOf("#b34700", 255);
  const inside = pixelOf("#d55e00", 34);
  const halves = Float64Array.from({ length: cells.length / 2 }, (_, i) => 0.75 * side(cells[2 * i + 1]));
  return (context, view) => {
    const { label, listed } = shown();
    onPixels(context, view.pixels, (pixels, width) => {
      const [west, north, east, south] = view.pixels;
      const fill = (i, grow, color) => {
        const half = (halves[i] * view.scale + grow) * view.dense;
        const [x, y] = [view.x(cells[2 * i]) * view.dense, view.y(cells[2 * i + 1]) * view.dense];
        const [left, right] = [Math.max(west, Math.round(x - half)), Math.min(east, Math.round(x + half))];
        const bottom = Math.min(south, Math.round(y + half));
        for (let row = Math.max(north, Math.round(y - half)); row < bottom; row++) {
          for (let at = row * width + left, end = row * width + right; at < end; at++) pixels[at] = color;
        }
      };
      for (let i = 0; i < label.length; i++) if (label[i] >= 0) fill(i, 0.75, rim);
      for (let i = 0; i < label.length; i++) if (label[i] >= 0) fill(i, -0.75, inside);
    });
    drawNumbers(context, view, listed || []);
  };
}

const NUMBER = [24, 19]; // room for the number of a gap, pixels
const BESIDE = [[0, 0], [0, -24], [24, 0], [-24, 0], [0, 24]]; // where else it may stand

// The number of each gap, the largest first; one that would hide a mark or another number stands beside or not at all.
function drawNumbers(context, view, listed) {
  const taken = [...signBoxes(view), ...nameBoxes(view)];
  context.font = "700 11.5px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  listed.forEach((gap, i) => {
    const [x, y] = [view.x(gap.middle[0]), view.y(gap.middle[1])];
    const box = BESIDE.map(([right, down]) => boxAround(x + right, y + down, ...NUMBER)).find(
      (own) => !taken.some((other) => overlap(own, other)),
    );
    if (!box) return;
    taken.push(box);
    context.beginPath();
    context.roundRect(box[0] + 1, box[1] + 1, NUMBER[0] - 2, NUMBER[1] - 2, 9);
    context.fillStyle = "#fff";
    context.fill();
    context.strokeStyle = context.fillStyle = "#b34700";
    context.lineWidth = 1.5;
    context.stroke();
    context.fillText(String(i + 1), (box[0] + box[2]) / 2, (box[1] + box[3]) / 2 + 0.5);
  });
}

function boxAround(x, y, wide, high) {
  return [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2];
}

function overlap(one, other) {
  return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
}

// A round dot as the opacity of its pixels, from 0 to 255.
function stamp(radius) {
  const half = Math.ceil(radius);
  const side = 2 * half + 1;
  const opacity = new Uint8Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const edge = radius + 0.5 - Math.hypot(x - half, y - half);
      opacity[y * side + x] = 255 * Math.min(1, Math.max(0, edge));
    }
  }
  return { half, side, opacity };
}

// The area of a dot grows with its people, and dots shrink with the zoom, so that a whole city keeps its pattern.
function drawPeople(model, colors, shown) {
  const size = Float32Array.from(model.weight, (weight) => Math.sqrt(Math.min(weight / data.people.large, 1)));
  const colorOf = colors.map((color) => (color ? pixelOf(color, 0) : 0));
  return (context, view) => {
    const zoomed = view.dense * Math.min(3.2, Math.max(0.45, 2 ** ((view.zoom - 13.5) / 2)));
    const stamps = Array.from({ length: 21 }, (_, i) => stamp(zoomed * (0.7 + (2.3 * i) / 20)));
    const { reason } = shown();
    const [west, north, east, south] = view.pixels;
    onPixels(context, view.pixels, (pixels, width) => {
      for (let i = 0; i < model.size; i++) {
        if (!colors[reason[i]] || !(model.weight[i] > 0)) continue;
        const { half, side, opacity } = stamps[Math.round(20 * size[i])];
        const left = Math.round(view.x(model.points[2 * i]) * view.dense) - half;
        const top = Math.round(view.y(model.points[2 * i + 1]) * view.dense) - half;
        const [right, bottom] = [Math.min(left + side, east), Math.min(top + side, south)];
        for (let y = Math.max(top, north); y < bottom; y++) {
          const from = Math.max(left, west);
          let k = (y - top) * side + from - left;
          for (let at = y * width + from, end = y * width + right; at < end; at++, k++) {
            if (opacity[k] > pixels[at] >>> 24) pixels[at] = (opacity[k] << 24) | colorOf[reason[i]];
          }
        }
      }
    });
  };
}
