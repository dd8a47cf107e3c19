// A page that lay on its side: the reader turns it, and says by how much. Photos are shown turned, too; what was drawn
// stays as it is, and its boxes are turned back.

/** A reading whose boxes are turned back to where the ink was drawn. */
export function asDrawn(reading) {
  const turned = reading?.turned_degrees ?? 0;
  if (turned === 0) return reading;
  const [width, height] = reading.size_wh;
  const back = {
    90: ([x, y]) => [y, width - x],
    180: ([x, y]) => [width - x, height - y],
    270: ([x, y]) => [height - y, x],
  }[turned];
  const moved = (part) => {
    const [[x0, y0], [x1, y1]] = [back(part.box.slice(0, 2)), back(part.box.slice(2))];
    return { ...part, box: [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)] };
  };
  return {
    ...reading,
    size_wh: turned === 180 ? [width, height] : [height, width],
    lines: reading.lines.map((line) => ({ ...line, digits: line.digits.map(moved) })),
    marks: reading.marks.map(moved),
    rejected: reading.rejected.map(moved),
  };
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
