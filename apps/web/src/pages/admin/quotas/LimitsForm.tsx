import type { QuotaLimits } from '@orangery/contract';
import { Button, Group, NumberInput, SimpleGrid } from '@mantine/core';
import { type ReactElement, useState } from 'react';
import { RESOURCES } from '../../../components/quotas.ts';

const NONE: QuotaLimits = { vcpus: null, memoryMib: null, diskGib: null, machines: null, sessions: null };

/** How much of each there may be; an empty field limits nothing. */
export function LimitsForm({
  limits,
  busy,
  ready,
  onSave,
  onClose,
}: {
  limits: QuotaLimits | null;
  busy: boolean;
  /** It is known whose quota it is. */
  ready: boolean;
  onSave: (limits: QuotaLimits) => void;
  onClose: () => void;
}): ReactElement {
  const [values, setValues] = useState(limits ?? NONE);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSave(values);
      }}
    >
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="md">
        {RESOURCES.map(({ resource, field }) => (
          <NumberInput
            key={resource}
            label={field}
            placeholder="Not limited"
            min={0}
            max={1_000_000_000}
            allowDecimal={false}
            allowNegative={false}
            value={values[resource] ?? ''}
            onChange={(value) =>
              setValues({ ...values, [resource]: typeof value === 'number' ? value : null })
            }
            data-testid={`limit-${resource}`}
          />
        ))}
      </SimpleGrid>
      <Group justify="flex-end" mt="xl" gap="sm">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" loading={busy} disabled={!ready} data-testid="quota-save">
          Save
        </Button>
      </Group>
    </form>
  );
}
