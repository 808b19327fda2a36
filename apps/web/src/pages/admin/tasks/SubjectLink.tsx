import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { Task } from '../../../api/client.ts';

/** To the page of what a task is about. */
export function SubjectLink({ task: { kind, subjectId, title } }: { task: Task }): ReactElement {
  return (
    <Anchor
      inherit
      renderRoot={(props) => {
        switch (kind) {
          case 'image':
          case 'template':
            return <Link {...props} to="/admin/images" />;
          case 'rollout':
            return <Link {...props} to="/admin/pools/$poolId" params={{ poolId: subjectId }} />;
          case 'maintenance':
            return <Link {...props} to="/admin/machines/$machineId" params={{ machineId: subjectId }} />;
          case 'dedupe':
            return <Link {...props} to="/admin/storage" />;
        }
      }}
    >
      {title}
    </Anchor>
  );
}
