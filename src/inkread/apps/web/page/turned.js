// A page that lay on its side: the reader turns it, and says by how much. Photos are shown turned, too; what was drawn
// stays as it is, and its boxes are turned back.

/** A box in a picture of this size, which is then turned to the left by so many degrees. */
function turnedBack([x0, y0, x1, y1], [width, height], degrees) {
  const back = { 0: (x, y) => [x, y], 90: (x, y) => [y, width - x], 180: (x, y) => [width - x, height - y], 270: (x, y) => [height - y, x] }[degrees];
  const [a, b] = [back(x0, y0), back(x1, y1)];
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
}

/** A reading whose boxes are turned back to where the ink was drawn. */
export function asDrawn(reading) {
  const { turned_degrees: turned, size_wh: size } = reading;
  if (turned === 0) return reading;
  const moved = (part) => ({ ...part, box: turnedBack(part.box, size, turned) });
  return {
    ...reading,
    size_wh: turned === 180 ? size : size.toReversed(),
    lines: reading.lines.map((line) => ({ ...line, digits: line.digits.map(moved) })),
    marks: reading.marks.map(moved),
    rejected: reading.rejected.map(moved),
  };
}

/** A box of what was drawn as it lies in the reading that turned it; whole pixels. */
export function asSent(box, drawn) {
  return turnedBack(box, drawn.size_wh, (360 - drawn.turned_degrees) % 360).map(Math.round);
}

/** Lays the photo into its sheet, turned to the right. */
export function layPhoto(img, sheet, degrees) {
  const [width, height] = [parseFloat(sheet.style.width), parseFloat(sheet.style.height)];
  const side = degrees % 180 !== 0;
  Object.assign(img.style, {
    width: `${side ? height : width}px`,
    height: `${side ? width : height}px`,
    transform: `translate(-50%, -50%) rotate(${degrees}deg)`,
  });
}
