import { type Frame, pixelAt } from '@orangery/rfb';

/** A grid of points of a picture, 3 bytes each. */
export type Snapshot = { width: number; height: number; points: Uint8Array };

const STRIDE = 8;
/** A clock, a caret and a pointer may differ; a missing panel or wallpaper is far more. */
const DIFFERENT_MAX = 0.02;
const CHANNEL_DIFFERENCE_MAX = 24;

export function snapshot(frame: Frame): Snapshot {
  const { width, height } = frame;
  const points: number[] = [];
  for (let y = 0; y < height; y += STRIDE) {
    for (let x = 0; x < width; x += STRIDE) {
      const { red, green, blue } = pixelAt(frame, x, y);
      points.push(red, green, blue);
    }
  }
  return { width, height, points: Uint8Array.from(points) };
}

/** Whether a picture shows the same desktop. */
export function isSamePicture(frame: Frame, reference: Snapshot): boolean {
  if (frame.width !== reference.width || frame.height !== reference.height) return false;
  const { points } = snapshot(frame);
  let different = 0;
  for (let at = 0; at < points.length; at += 3) {
    const far = [0, 1, 2].some(
      (channel) =>
        Math.abs((points[at + channel] ?? 0) - (reference.points[at + channel] ?? 0)) >
        CHANNEL_DIFFERENCE_MAX,
    );
    if (far) different += 1;
  }
  return different / (points.length / 3) <= DIFFERENT_MAX;
}
