import { type Role, roles, roleSummaries, roleTitles } from '@orangery/contract';
import { Checkbox, Stack } from '@mantine/core';
import type { ReactElement } from 'react';
import { useMay } from '../../../api/may.ts';

/** Which roles a person has; the ones that who looks may not give are there and cannot be changed. */
export function RolesField({
  value,
  onChange,
}: {
  value: readonly Role[];
  onChange: (roles: Role[]) => void;
}): ReactElement {
  const may = useMay();
  return (
    <Checkbox.Group
      label="Roles"
      description="Without any they use what is given to them."
      value={[...value]}
      onChange={(chosen) => onChange(roles.filter((role) => chosen.includes(role)))}
    >
      <Stack gap={10} mt="xs">
        {roles.map((role) => (
          <Checkbox
            key={role}
            value={role}
            label={roleTitles[role]}
            description={`${roleSummaries[role]}.`}
            disabled={role === 'operator' && !may('installation')}
            data-testid={`role-${role}`}
          />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
