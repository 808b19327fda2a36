import { locale, t } from '../i18n/t.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** 1536 → "1.5 KiB". */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = value < 10 && unit > 0 ? 1 : 0;
  const amount = new Intl.NumberFormat(locale(), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    useGrouping: false,
  });
  return `${amount.format(value)} ${UNITS[unit] ?? 'B'}`;
}

/** 0.234 → "0.2 ms", 34.5 → "35 ms". */
export const milliseconds = (count: number): string => `${count.toFixed(count < 10 ? 1 : 0)} ms`;

const STEPS: readonly [limitS: number, divisor: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [60, 1, 'second'],
  [3_600, 60, 'minute'],
  [86_400, 3_600, 'hour'],
  [30 * 86_400, 86_400, 'day'],
  [365 * 86_400, 30 * 86_400, 'month'],
  [Infinity, 365 * 86_400, 'year'],
];

/** "3 minutes ago"; the future, which clocks that differ make, is now. */
export function ago(at: string, nowMs: number): string {
  const seconds = Math.max(0, (nowMs - Date.parse(at)) / 1000);
  if (seconds < 5) return t('now');
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  for (const [limit, divisor, unit] of STEPS) {
    if (seconds < limit) return relative.format(-Math.floor(seconds / divisor), unit);
  }
  return at;
}

/** Milliseconds as "3 h 12 min"; less than a minute is "0 min". */
export function hours(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
