import { Group, Text, Title } from '@mantine/core';
import { type ReactElement, type ReactNode, useId } from 'react';
import classes from './Section.module.css';

/** A card of a page: what it is about, what may be done, and its content. */
export function Section({
  title,
  about,
  action,
  children,
  testId,
}: {
  title: string;
  about: ReactNode;
  action?: ReactNode;
  children?: ReactNode;
  testId: string;
}): ReactElement {
  const id = useId();
  return (
    <section className={classes.card} aria-labelledby={id} data-testid={testId}>
      <Group justify="space-between" gap="md" align="flex-start">
        <div className={classes.words}>
          <Title order={2} fz={17} id={id}>
            {title}
          </Title>
          <Text size="sm" c="dimmed" mt={4} component="div">
            {about}
          </Text>
        </div>
        {action}
      </Group>
      {children !== undefined && <div className={classes.content}>{children}</div>}
    </section>
  );
}
