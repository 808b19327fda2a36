import { Text, Title } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { useTitle } from '../../components/use-title.ts';

/** What the one card of a page is about. */
export function CardHead({ title, children }: { title: string; children: ReactNode }): ReactElement {
  useTitle(title);
  return (
    <div>
      <Title order={1} fz={24}>
        {title}
      </Title>
      <Text c="dimmed" mt={4} component="div">
        {children}
      </Text>
    </div>
  );
}
