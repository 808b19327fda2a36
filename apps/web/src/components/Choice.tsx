import { SegmentedControl, type SegmentedControlProps, Text } from '@mantine/core';
import { type ReactElement, useId } from 'react';

/** One of a few, all of them in sight, under a label as other fields of a form have it. */
export function Choice<Value extends string>({
  label,
  ...props
}: SegmentedControlProps<Value> & { label: string }): ReactElement {
  const id = useId();
  return (
    <div>
      <Text size="sm" fw={500} id={id} mb={4}>
        {label}
      </Text>
      <SegmentedControl<Value> fullWidth aria-labelledby={id} {...props} />
    </div>
  );
}
