// What stands on the canvases: streets, areas within reach, gaps, people.

function trace(context, view, part) {
  context.moveTo(view.x(part[0]), view.y(part[1]));
  for (let i = 2; i < part.length; i += 2) context.lineTo(view.x(part[i]), view.y(part[i + 1]));
}

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
      if (data.bands[band].minutes > minutes) continue;
      context.fillStyle = data.bands[band].color;
      areas.forEach((area, i) => {
        if (area.band !== band || !(only === null ? open[area.place] : area.place === only)) return;
        if (!view.sees(area.box)) return;
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

function onPixels(context, set) {
  const { width, height } = context.canvas;
  let image = images.get(context.canvas);
  if (!image || image.width !== width || image.height !== height) {
    image = context.createImageData(width, height);
    images.set(context.canvas, image);
  }
  const pixels = new Uint32Array(image.data.buffer);
  pixels.fill(0);
  set(pixels, width, height);
  context.putImageData(image, 0, 0);
}

// Squares of the cells, joined, with a rim around all of them: the insides cover all rims but the outermost.
function drawGaps(cells, side, shown) {
  const rim = pixelOf("#b34700", 255);
  const inside = pixelOf("#d55e00", 34);
  return (context, view) =>
    onPixels(context, (pixels, width, height) => {
      const { label } = shown();
      for (const [grow, color] of [[0.75, rim], [-0.75, inside]]) {
        for (let i = 0; i < label.length; i++) {
          if (label[i] < 0) continue;
          const [x, y] = [view.x(cells[2 * i]) * view.dense, view.y(cells[2 * i + 1]) * view.dense];
          const half = (0.75 * side(cells[2 * i + 1]) * view.scale + grow) * view.dense;
          const [left, right] = [Math.max(0, Math.round(x - half)), Math.min(width, Math.round(x + half))];
          const bottom = Math.min(height, Math.round(y + half));
          if (left >= right) continue;
          for (let row = Math.max(0, Math.round(y - half)); row < bottom; row++) {
            for (let at = row * width + left, end = row * width + right; at < end; at++) pixels[at] = color;
          }
        }
      }
    });
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
    onPixels(context, (pixels, width, height) => {
      for (let i = 0; i < model.size; i++) {
        if (!colors[reason[i]] || !(model.weight[i] > 0)) continue;
        const { half, side, opacity } = stamps[Math.round(20 * size[i])];
        const left = Math.round(view.x(model.points[2 * i]) * view.dense) - half;
        const top = Math.round(view.y(model.points[2 * i + 1]) * view.dense) - half;
        if (left < 0 || top < 0 || left + side > width || top + side > height) continue;
        for (let y = 0, k = 0; y < side; y++) {
          let at = (top + y) * width + left;
          for (let x = 0; x < side; x++, k++, at++) {
            if (opacity[k] > pixels[at] >>> 24) pixels[at] = (opacity[k] << 24) | colorOf[reason[i]];
          }
        }
      }
    });
  };
}
