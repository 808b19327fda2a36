import { Alert, Button, Group, Select } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Directory, type DirectorySettings } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { type Column, Rows } from '../../../components/DataTable.tsx';
import { Section } from '../../../components/Section.tsx';
import { GroupPicker, type Picked } from './GroupPicker.tsx';
import { rolesInWords } from '../../../components/people.ts';
import { GIVEN_ROLES } from './roles.ts';

type Rule = DirectorySettings['roles'][number];

const columns = (remove: (rule: Rule) => void): readonly Column<Rule>[] => [
  { header: 'Members of', cell: ({ group }) => group.name },
  { header: 'Have the role', cell: ({ role }) => rolesInWords([role]) },
  {
    header: '',
    cell: (rule) => (
      <Button
        size="xs"
        variant="default"
        onClick={() => remove(rule)}
        aria-label={`Take back the role ${rolesInWords([rule.role])} from ${rule.group.name}`}
      >
        Take back
      </Button>
    ),
  },
];

/** Which groups give roles. */
export function RolesSection({ directory }: { directory: Directory }): ReactElement {
  const { id, title, enabled, settings } = directory;
  const [picked, setPicked] = useState<Picked | null>(null);
  const [role, setRole] = useState<Rule['role'] | null>('administrator');
  const queries = useQueryClient();
  const save = useMutation({
    ...api.directories.update.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      setPicked(null);
      await queries.invalidateQueries({ queryKey: api.directories.key() });
    },
  });
  const set = (roles: Rule[]): void => save.mutate({ id, title, enabled, settings: { ...settings, roles } });
  const taken = new Set(settings.roles.map(({ group }) => group.id));
  return (
    <Section
      title="Roles"
      about="Somebody has the roles of all these groups that they are in, and no others. Without a rule, roles are given here."
      testId="directory-roles"
    >
      {settings.roles.length > 0 && (
        <Rows
          label="Roles by groups"
          rows={settings.roles}
          columns={columns((rule) => set(settings.roles.filter((each) => each.group.id !== rule.group.id)))}
          keyOf={({ group }) => group.id}
          testId="directory-roles-list"
        />
      )}
      {save.error !== null && (
        <Alert color="red" variant="light" mt="md" role="alert">
          {messageOf(save.error)}
        </Alert>
      )}
      <Group align="flex-end" gap="sm" mt="md">
        <GroupPicker
          directory={directory}
          picked={picked}
          onPick={setPicked}
          refusal={(group) => (taken.has(group.id) ? 'has one' : undefined)}
        />
        <Select
          label="Role"
          data={GIVEN_ROLES}
          value={role}
          onChange={setRole}
          allowDeselect={false}
          comboboxProps={{ withinPortal: false, floatingStrategy: 'fixed' }}
          w={170}
        />
        <Button
          disabled={picked === null || taken.has(picked.id)}
          loading={save.isPending}
          onClick={() => {
            if (picked === null || role === null) return;
            set([...settings.roles, { group: { id: picked.id, name: picked.name }, role }]);
          }}
          data-testid="directory-role-add"
        >
          Give it
        </Button>
      </Group>
    </Section>
  );
}
