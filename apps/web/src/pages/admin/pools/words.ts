import type { Pool } from '../../../api/client.ts';

/** What the two kinds are, in the console's words. */
export const KINDS: Readonly<Record<Pool['kind'], { title: string; short: string; says: string }>> = {
  pooled: {
    title: 'A fresh machine each time',
    short: 'Fresh each time',
    says: 'Opens at once from those that wait; at log-off the machine is thrown away. Files may follow the person.',
  },
  persistent: {
    title: 'A machine of one’s own',
    short: 'One’s own',
    says: 'Made when its person first comes, and kept with all that is on it; switched off while nobody uses it.',
  },
};

/** What a machine of one's own stands on. */
export const DISKS: { value: Pool['diskKind']; label: string }[] = [
  { value: 'linked', label: 'Linked to the image’s' },
  { value: 'full', label: 'A full copy of the image’s' },
];

/** Small letters, digits and hyphens, at most 31: a pool's name made from what people read. */
export function nameFrom(title: string): string {
  return title
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll('ß', 'ss')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 31)
    .replaceAll(/^-+|-+$/g, '');
}

/** A rule of a form: a whole number in these bounds. */
export const whole =
  (min: number, max: number) =>
  (value: unknown): string | null =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? null
      : `A whole number from ${min} to ${max.toLocaleString('en')}`;

/** The same, where nothing is no limit. */
export const wholeOrNone =
  (min: number, max: number) =>
  (value: unknown): string | null =>
    value === '' ? null : whole(min, max)(value);
