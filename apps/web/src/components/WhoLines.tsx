import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { Entitled } from '../api/client.ts';
import { TwoLines } from './DataTable.tsx';
import { whoBelow } from './people.ts';

/** A person, or a group with the way to its page. */
export function WhoLines({ who }: { who: Entitled }): ReactElement {
  const { id, kind, name } = who;
  return (
    <TwoLines
      first={
        kind === 'person' ? (
          name
        ) : (
          <Anchor
            inherit
            renderRoot={(props) => <Link {...props} to="/admin/groups/$groupId" params={{ groupId: id }} />}
          >
            {name}
          </Anchor>
        )
      }
      second={whoBelow(who)}
    />
  );
}
