import { Avatar, Menu, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconLogout, IconUser } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { signOut } from '../api/auth.ts';
import type { Me } from '../api/client.ts';
import { LanguageItems } from './LanguageMenu.tsx';
import { t } from '../i18n/t.ts';

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  return [words.at(0), words.length > 1 ? words.at(-1) : undefined]
    .map((word) => word?.[0]?.toUpperCase() ?? '')
    .join('');
}

export function UserMenu({ me }: { me: Me }): ReactElement {
  const leave = useMutation({
    mutationFn: signOut,
    // A page of its own: nothing of what this person saw is left in it for the next one.
    onSuccess: (next) => location.assign(next),
  });
  return (
    <Menu position="bottom-end" width={230} withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <UnstyledButton data-testid="user-menu" style={{ borderRadius: '50%' }}>
          <VisuallyHidden>{t('Account of {name}', { name: me.name })}</VisuallyHidden>
          <Avatar color="citrus" radius="xl" size={36} variant="light" aria-hidden>
            {initialsOf(me.name)}
          </Avatar>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div style={{ padding: '8px 12px 10px' }}>
          <Text fw={600} size="sm" truncate>
            {me.name}
          </Text>
          <Text size="xs" c="dimmed" truncate>
            {me.email ?? t('No e-mail')}
          </Text>
        </div>
        <Menu.Divider />
        <Menu.Item
          component={Link}
          to="/account"
          leftSection={<IconUser size={16} stroke={1.7} />}
          data-testid="my-account"
        >
          {t('My account')}
        </Menu.Item>
        <LanguageItems />
        <Menu.Item
          leftSection={<IconLogout size={16} stroke={1.7} />}
          onClick={() => leave.mutate()}
          data-testid="sign-out"
        >
          {t('Sign out')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
