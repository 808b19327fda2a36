import { Group, Text, Title } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { useTitle } from '../../components/use-title.ts';

/** What a page of the console is about. */
export function PageHead({
  title,
  children,
  action,
}: {
  title: string;
  children: ReactNode;
  action?: ReactNode;
}): ReactElement {
  useTitle(title);
  return (
    <Group justify="space-between" align="flex-end" mb="lg" gap="md">
      <div>
        <Title order={1} fz={26}>
          {title}
        </Title>
        <Text c="dimmed" size="sm" mt={2} maw={640}>
          {children}
        </Text>
      </div>
      {action}
    </Group>
  );
}
