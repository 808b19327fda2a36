import { ActionIcon } from '@mantine/core';
import { IconStar, IconStarFilled } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api } from '../../api/client.ts';
import { t } from '../../i18n/t.ts';

/** Puts a desktop or an application first on one's page, on all devices. */
export function Star({
  of,
  id,
  title,
  favourite,
  className,
}: {
  of: 'desktops' | 'applications';
  id: string;
  title: string;
  favourite: boolean;
  className?: string | undefined;
}): ReactElement {
  const queries = useQueryClient();
  const mark = useMutation({
    ...(of === 'desktops' ? api.desktops : api.applications).setFavourite.mutationOptions(),
    onSettled: () =>
      Promise.all(
        [api.desktops.key(), api.applications.mine.key()].map((queryKey) =>
          queries.invalidateQueries({ queryKey }),
        ),
      ),
  });
  const shown = mark.isPending ? mark.variables.favourite : favourite;
  const Icon = shown ? IconStarFilled : IconStar;
  return (
    <ActionIcon
      variant="default"
      radius="xl"
      size={34}
      {...(className === undefined ? {} : { className })}
      aria-pressed={shown}
      aria-label={t('Put {title} first', { title })}
      onClick={() => mark.mutate({ id, favourite: !shown })}
      data-testid={`star-${title}`}
    >
      <Icon size={17} aria-hidden="true" />
    </ActionIcon>
  );
}
