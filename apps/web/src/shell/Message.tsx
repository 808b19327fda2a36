import { Stack, Text, Title } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';

/** A page that has one thing to say. */
export function Message({
  picture,
  title,
  children,
  action,
}: {
  picture?: ReactNode;
  title: string;
  children: ReactNode;
  action?: ReactNode;
}): ReactElement {
  return (
    <Stack align="center" gap="md" py={{ base: 48, sm: 80 }} ta="center" mx="auto" maw={460}>
      {picture}
      <Title order={1} fz={24}>
        {title}
      </Title>
      <Text c="dimmed" component="div">
        {children}
      </Text>
      {action}
    </Stack>
  );
}
