// Strokes on a canvas, sharp on any screen.
import { colour } from "./dom.js";

/** Makes the canvas as fine as the screen, and gives a context that paints in pixels of the picture. */
export function prepared(canvas, view) {
  const fine = window.devicePixelRatio || 1;
  const [width, height] = view.size.map((side) => Math.max(1, Math.round(side * view.scale * fine)));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  context.setTransform(view.scale * fine, 0, 0, view.scale * fine, 0, 0);
  return context;
}

export function paintAll(canvas, view, strokes) {
  const context = prepared(canvas, view);
  context.clearRect(0, 0, view.size[0], view.size[1]);
  for (const stroke of strokes) paintStroke(context, stroke);
}

export function paintStroke(context, { points, width, widths }, from = 0) {
  context.strokeStyle = context.fillStyle = colour("pen");
  context.lineCap = context.lineJoin = "round";
  if (points.length === 1) {
    context.beginPath();
    context.arc(points[0][0], points[0][1], (widths?.[0] ?? width) / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  if (widths) paintPressed(context, points, widths, from);
  else paintEven(context, points, width, from);
}

/** A curve through the middles of the legs: smooth, and it hardly leaves the points. */
function paintEven(context, points, width, from) {
  const first = Math.max(0, from - 2);
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(...(first === 0 ? points[0] : middle(points[first], points[first + 1])));
  for (let i = first + 1; i < points.length - 1; i += 1) {
    context.quadraticCurveTo(...points[i], ...middle(points[i], points[i + 1]));
  }
  context.lineTo(...points.at(-1));
  context.stroke();
}

function paintPressed(context, points, widths, from) {
  for (let i = Math.max(1, from - 1); i < points.length; i += 1) {
    context.lineWidth = (widths[i - 1] + widths[i]) / 2;
    context.beginPath();
    context.moveTo(...points[i - 1]);
    context.lineTo(...points[i]);
    context.stroke();
  }
}

const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
