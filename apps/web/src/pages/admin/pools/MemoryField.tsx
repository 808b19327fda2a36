import { NumberInput } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

const GIB_MIB = 1_024;

/** Memory in GiB, kept in MiB: a size that is no round number stays as it is until somebody changes it. */
export function MemoryField({
  description,
  value,
  onChange,
  error,
}: {
  description: string;
  /** MiB; '' while nothing is typed. */
  value?: number | '';
  onChange: (value: number | '') => void;
  error?: ReactNode;
}): ReactElement {
  return (
    <NumberInput
      label="Memory"
      description={description}
      suffix=" GiB"
      min={0.125}
      max={4_096}
      step={0.5}
      decimalScale={3}
      value={value === undefined || value === '' ? '' : value / GIB_MIB}
      onChange={(gib) => onChange(typeof gib === 'number' ? Math.round(gib * GIB_MIB) : '')}
      error={error}
      data-testid="pool-memory"
    />
  );
}
