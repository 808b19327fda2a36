export type Size = { width: number; height: number };
export type FitMode = 'follow' | 'scale';

/** Desktops of less are hard to use; a phone shows a larger one, scaled down. */
const SIDE_MIN = 640;
const SIDE_MAX = 8_192;
/** Graphics modes come in steps of 8 pixels; another width would come back rounded and never fit. */
const WIDTH_STEP = 8;

/** The size to ask for, for a viewer of this size. */
export function desktopSize(view: Size): Size | undefined {
  if (view.width < 1 || view.height < 1) return undefined;
  const factor = Math.max(1, SIDE_MIN / Math.min(view.width, view.height));
  const side = (length: number): number => Math.min(SIDE_MAX, Math.round(length * factor));
  const width = side(view.width);
  return { width: width - (width % WIDTH_STEP), height: side(view.height) };
}

/**
 * Whether to scale the picture into the view. A desktop that follows the window is shown dot for dot, as long as it
 * is not larger than the view or much smaller: scaling by a hair only blurs.
 */
export function isScaled(mode: FitMode, picture: Size, view: Size): boolean {
  if (mode === 'scale') return true;
  if (picture.width > view.width || picture.height > view.height) return true;
  return picture.width < 0.9 * view.width && picture.height < 0.9 * view.height;
}
