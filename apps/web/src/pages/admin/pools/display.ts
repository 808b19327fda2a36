import type { Pool } from '../../../api/client.ts';

type Size = NonNullable<Pool['display']['screenMax']>;

export const CLIPBOARDS: { value: Pool['display']['clipboard']; label: string }[] = [
  { value: 'both', label: 'Both ways' },
  { value: 'toMachine', label: 'Into the machine only' },
  { value: 'fromMachine', label: 'Out of the machine only' },
  { value: 'none', label: 'Not at all' },
];

/** Sizes that screens have. */
const SIZES: Size[] = [
  { width: 1_280, height: 800 },
  { width: 1_920, height: 1_080 },
  { width: 2_560, height: 1_440 },
  { width: 3_840, height: 2_160 },
];

/** A size as a form's value; none is ''. */
export const screenValue = (size: Size | null): string =>
  size === null ? '' : `${size.width}x${size.height}`;

export function screenOf(value: string): Size | null {
  const [width = Number.NaN, height = Number.NaN] = value.split('x').map(Number);
  return Number.isInteger(width) && Number.isInteger(height) ? { width, height } : null;
}

/** What is offered, and what the API was told that is not among it. */
export function screenChoices(now: Size | null): { value: string; label: string }[] {
  const values = SIZES.map(screenValue);
  const more = now === null || values.includes(screenValue(now)) ? [] : [screenValue(now)];
  return [
    { value: '', label: 'As large as the window' },
    ...[...values, ...more].map((value) => ({ value, label: value.replace('x', ' × ') })),
  ];
}
