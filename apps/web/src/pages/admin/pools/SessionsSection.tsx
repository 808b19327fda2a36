import { SimpleGrid } from '@mantine/core';
import type { ReactElement } from 'react';
import type { Pool } from '../../../api/client.ts';
import { DurationField } from '../../../components/DurationField.tsx';
import { SettingsSection } from './SettingsSection.tsx';

type Values = Pick<Pool, 'disconnectTimeoutS' | 'idleTimeoutS' | 'powerOffAfterS'>;

/** How long sessions live, and what comes after. */
export function SessionsSection({ pool }: { pool: Pool }): ReactElement {
  const own = pool.kind === 'persistent';
  const { disconnectTimeoutS, idleTimeoutS, powerOffAfterS } = pool;
  return (
    <SettingsSection<Values>
      pool={pool}
      title="Sessions"
      about="From the first look to log-off. Closing the browser leaves a session; it does not end it."
      values={{ disconnectTimeoutS, idleTimeoutS, powerOffAfterS }}
      validate={() => ({})}
      change={(filled) => ({
        disconnectTimeoutS: filled.disconnectTimeoutS,
        idleTimeoutS: filled.idleTimeoutS,
        ...(own ? { powerOffAfterS: filled.powerOffAfterS } : {}),
      })}
      effect="Counts for sessions that run already, too: a shorter time may end those that were left long ago."
      testId="pool-sessions"
    >
      {(form) => (
        <SimpleGrid cols={{ base: 1, xs: 2 }} style={{ alignItems: 'end' }}>
          <DurationField
            label="A session that was left ends after"
            description={
              own
                ? 'Programs are closed; the machine and its files stay.'
                : 'Programs are closed and the machine is thrown away.'
            }
            value={form.values.disconnectTimeoutS}
            onChange={(seconds) => {
              if (seconds !== null) form.setFieldValue('disconnectTimeoutS', seconds);
            }}
            testId="pool-disconnect"
          />
          <DurationField
            label="Nobody types or points for"
            description="It ends also while somebody looks at it, as at a screen that was left unlocked."
            never="Never ends by it"
            value={form.values.idleTimeoutS}
            onChange={(seconds) => form.setFieldValue('idleTimeoutS', seconds)}
            testId="pool-idle"
          />
          <DurationField
            label="Switched off after log-off"
            description={
              own
                ? 'Gives its memory back to the host; the next time it boots first.'
                : 'Only where machines are one’s own: here they are thrown away at log-off.'
            }
            atOnce="At once"
            never="Never: it stays on"
            value={form.values.powerOffAfterS}
            onChange={(seconds) => form.setFieldValue('powerOffAfterS', seconds)}
            disabled={!own}
          />
        </SimpleGrid>
      )}
    </SettingsSection>
  );
}
