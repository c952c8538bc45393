// Reads what packing.py wrote: base64, deflate, variable-length integers.

async function unpackNumbers(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const plain = new Uint8Array(await new Response(stream).arrayBuffer());
  const numbers = new Float64Array(plain.length);
  let count = 0;
  let value = 0;
  let factor = 1;
  for (const byte of plain) {
    value += (byte & 127) * factor;
    factor *= 128;
    if (byte < 128) {
      numbers[count++] = value;
      value = 0;
      factor = 1;
    }
  }
  return numbers.subarray(0, count);
}

// Shapes of parts; a part is a Float64Array x0, y0, x1, y1, ... in the unit square of Web Mercator.
async function unpackShapes(text) {
  const numbers = await unpackNumbers(text);
  let next = 1 + numbers[0];
  const lengths = Array.from(numbers.subarray(1, next), (count) => {
    next += count;
    return Array.from(numbers.subarray(next - count, next));
  });
  const way = () => {
    const number = numbers[next++];
    return number % 2 ? -(number + 1) / 2 : number / 2;
  };
  let lon = 0;
  let lat = 0;
  return lengths.map((shape) =>
    shape.map((count) => {
      const part = new Float64Array(2 * count);
      for (let i = 0; i < part.length; i += 2) {
        lon += way();
        lat += way();
        const sine = Math.sin((lat * 1e-5 * Math.PI) / 180);
        part[i] = lon / 36e6 + 0.5;
        part[i + 1] = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
      }
      return part;
    }),
  );
}

// Smallest rectangle around parts: [left, top, right, bottom] in the unit square.
function boxOf(parts) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const part of parts) {
    for (let i = 0; i < part.length; i += 2) {
      box[0] = Math.min(box[0], part[i]);
      box[1] = Math.min(box[1], part[i + 1]);
      box[2] = Math.max(box[2], part[i]);
      box[3] = Math.max(box[3], part[i + 1]);
    }
  }
  return box;
}

function boxOfAll(boxes) {
  return [Math.min, Math.min, Math.max, Math.max].map((pick, i) => pick(...boxes.map((box) => box[i])));
}

function unitToLatLng(x, y) {
  return L.CRS.EPSG3857.pointToLatLng(L.point(x * 256, y * 256), 0);
}

function latLngsOf(part) {
  const ring = [];
  for (let i = 0; i < part.length; i += 2) ring.push(unitToLatLng(part[i], part[i + 1]));
  return ring;
}

function boundsOf(parts) {
  const [left, top, right, bottom] = boxOf(parts);
  return L.latLngBounds(unitToLatLng(left, bottom), unitToLatLng(right, top));
}
