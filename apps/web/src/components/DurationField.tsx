import { NativeSelect } from '@mantine/core';
import type { ReactElement } from 'react';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Seconds. Named ones instead of a number in which a digit too many goes unseen. */
const OFFERED = [
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  12 * HOUR,
  DAY,
  3 * DAY,
  7 * DAY,
  30 * DAY,
];

/** 5400 → "90 minutes". */
export function durationWords(seconds: number): string {
  const units = [
    ['day', DAY],
    ['hour', HOUR],
    ['minute', MINUTE],
    ['second', 1],
  ] as const;
  const [unit, length] = units.find(([, each]) => seconds >= each && seconds % each === 0) ?? ['second', 1];
  const count = seconds / length;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** How long; also what the API was told that is not among those offered. Null is `never`. */
export function DurationField({
  label,
  description,
  value,
  onChange,
  never,
  atOnce,
  disabled = false,
  testId,
}: {
  label: string;
  description: string;
  /** Seconds. */
  value: number | null;
  onChange: (value: number | null) => void;
  /** What null is called, where it may be chosen. */
  never?: string;
  /** What 0 is called, where it may be chosen. */
  atOnce?: string;
  disabled?: boolean;
  testId?: string;
}): ReactElement {
  const offered = value === null || value === 0 || OFFERED.includes(value) ? OFFERED : [...OFFERED, value];
  const data = [
    ...(atOnce === undefined ? [] : [{ value: '0', label: atOnce }]),
    ...offered
      .toSorted((a, b) => a - b)
      .map((seconds) => ({ value: String(seconds), label: durationWords(seconds) })),
    ...(never === undefined ? [] : [{ value: '', label: never }]),
  ];
  return (
    <NativeSelect
      label={label}
      description={description}
      data={data}
      value={value === null ? '' : String(value)}
      onChange={({ currentTarget }) =>
        onChange(currentTarget.value === '' ? null : Number(currentTarget.value))
      }
      disabled={disabled}
      data-testid={testId}
    />
  );
}
