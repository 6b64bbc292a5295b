/** How closely, and at which place, pictures are looked at. The same view fits pictures of any size:
 * a scale of 1 shows the whole picture, and the middle is a place in the picture from 0 to 1. */

export interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Size {
  width: number;
  height: number;
}

export const whole: View = { scale: 1, x: 0.5, y: 0.5 };

const closest = 64;

/** The size at which a picture fits into a pane. */
export function fitted(picture: Size, pane: Size): Size {
  if (!picture.width || !picture.height) return { width: pane.width, height: pane.height };
  const factor = Math.min(pane.width / picture.width, pane.height / picture.height);
  return { width: picture.width * factor, height: picture.height * factor };
}

/** A view that shows something: not smaller than the whole, its middle inside of the picture. */
function kept(view: View): View {
  const scale = Math.min(closest, Math.max(1, view.scale));
  if (scale === 1) return whole;
  const clamp = (place: number): number => Math.min(1, Math.max(0, place));
  return { scale, x: clamp(view.x), y: clamp(view.y) };
}

/** Closer by a factor; the place of the picture under a point of the pane stays there. The point is
 * told from the pane's middle. */
export function zoomed(view: View, by: number, fit: Size, point = { x: 0, y: 0 }): View {
  const scale = Math.min(closest, Math.max(1, view.scale * by));
  const under = (place: number, offset: number, edge: number): number =>
    place + offset / (edge * view.scale) - offset / (edge * scale);
  return kept({
    scale,
    x: under(view.x, point.x, fit.width),
    y: under(view.y, point.y, fit.height),
  });
}

/** Drawn along by so many pixels. */
export const dragged = (view: View, dx: number, dy: number, fit: Size): View =>
  kept({
    scale: view.scale,
    x: view.x - dx / (fit.width * view.scale),
    y: view.y - dy / (fit.height * view.scale),
  });

/** One pixel of the picture on one of the screen. */
export const actual = (view: View, picture: Size, fit: Size, density: number): View =>
  kept({ ...view, scale: picture.width ? picture.width / density / fit.width : 1 });

/** The transform of a picture that lies fitted in the middle of its pane. */
export function transform(view: View, fit: Size): string {
  const x = (0.5 - view.x) * fit.width * view.scale;
  const y = (0.5 - view.y) * fit.height * view.scale;
  return `translate(${x}px, ${y}px) scale(${view.scale})`;
}
