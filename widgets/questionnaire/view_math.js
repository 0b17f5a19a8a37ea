// Where an image is in its window: scale and offset, in pixels of the screen. No elements here.

const CLOSEST = 40; // screen pixels a pixel of the image
const PIXELS_UP_TO = 160; // an image that small is looked at pixel by pixel

/** Whether an image is so small that its pixels are to be seen as such. */
export function isPixelImage({ width, height }) {
  return Math.max(width, height) <= PIXELS_UP_TO;
}

/** The scale at which all of an image is seen; an image of few pixels is made as large as fits. */
export function fittingScale(image, frame) {
  const fits = Math.min(frame.width / image.width, frame.height / image.height);
  if (!isPixelImage(image)) return Math.min(fits, 2);
  return fits >= 1 ? Math.floor(fits) : fits; // each pixel as large as the next
}

/** All of an image, in the middle: {scale, x, y}. */
export function fitted(image, frame) {
  const scale = fittingScale(image, frame);
  return { scale, ...centred(image, frame, scale) };
}

function centred(image, frame, scale) {
  return {
    x: (frame.width - image.width * scale) / 2,
    y: (frame.height - image.height * scale) / 2,
  };
}

/** Moved so that the image does not leave its frame: a smaller one stays in the middle. */
export function heldIn(view, image, frame) {
  const middle = centred(image, frame, view.scale);
  const within = (at, size, room, centre) =>
    size * view.scale <= room ? centre : Math.min(0, Math.max(room - size * view.scale, at));
  return {
    scale: view.scale,
    x: within(view.x, image.width, frame.width, middle.x),
    y: within(view.y, image.height, frame.height, middle.y),
  };
}

/** Closer or farther by a factor, what is at a point of the frame staying there. */
export function zoomed(view, factor, point, image, frame) {
  const least = Math.min(1, fittingScale(image, frame));
  const most = Math.max(CLOSEST, fittingScale(image, frame) * 4);
  const scale = Math.min(most, Math.max(least, view.scale * factor));
  const by = scale / view.scale;
  const moved = { scale, x: point.x - (point.x - view.x) * by, y: point.y - (point.y - view.y) * by };
  return heldIn(moved, image, frame);
}

/** A point of the frame as parts of the image's width and height, 0 to 1. */
export function toImage(point, view, image) {
  const part = (at, offset, size) => Math.min(1, Math.max(0, (at - offset) / (size * view.scale)));
  return { x: part(point.x, view.x, image.width), y: part(point.y, view.y, image.height) };
}

/** Parts of the image as a point of the frame. */
export function toFrame({ x, y }, view, image) {
  return { x: view.x + x * image.width * view.scale, y: view.y + y * image.height * view.scale };
}
