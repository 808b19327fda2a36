import { Text } from '@mantine/core';
import type { ReactElement } from 'react';
import type { Machine } from '../../../api/client.ts';

/** What goes with a machine, and whose it is. */
export function Lost({ machine: { person, owner } }: { machine: Machine }): ReactElement {
  const works = person === null ? '' : `${person} works on it now: the session ends. `;
  if (owner !== null) {
    return (
      <>
        <Text inherit>
          {works}It is {owner}’s own machine. Its disk is deleted with it:{' '}
          <Text span inherit fw={600} c="var(--mantine-color-error)">
            everything {owner} saved on it is lost
          </Text>
          , and nobody can bring it back.
        </Text>
        <Text inherit mt="xs">
          A new, empty one is made when {owner} next opens it.
        </Text>
      </>
    );
  }
  return (
    <>
      {works}
      {person === null ? '' : 'What is only on this machine is lost. '}Its pool makes a new one.
    </>
  );
}

/** What goes with many. */
export function lostWith(machines: readonly Machine[]): ReactElement {
  const used = machines.filter(({ person }) => person !== null);
  const kept = machines.filter(({ owner }) => owner !== null);
  return (
    <>
      {machines.length} machines are thrown away; their pools replace what people share.{' '}
      {used.length > 0 && (
        <Text inherit mt="xs">
          People work on {used.length} of them now: their sessions end.
        </Text>
      )}
      {kept.length > 0 && (
        <Text inherit mt="xs">
          {kept.length} are people’s own:{' '}
          <Text span inherit fw={600} c="var(--mantine-color-error)">
            everything that they saved on them is lost
          </Text>
          , and nobody can bring it back.
        </Text>
      )}
    </>
  );
}
