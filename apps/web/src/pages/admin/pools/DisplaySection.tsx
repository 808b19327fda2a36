import { NativeSelect, SimpleGrid } from '@mantine/core';
import type { ReactElement } from 'react';
import type { Pool } from '../../../api/client.ts';
import { SettingsSection } from './SettingsSection.tsx';
import { CLIPBOARDS, screenChoices, screenOf, screenValue } from './display.ts';

type Values = { clipboard: Pool['display']['clipboard']; screen: string };

/** What the desktops of the pool may take from and give to the device that shows them. */
export function DisplaySection({ pool }: { pool: Pool }): ReactElement {
  const { clipboard, screenMax } = pool.display;
  return (
    <SettingsSection<Values>
      pool={pool}
      title="Screen and clipboard"
      about="What passes between the machine and the device that shows it."
      values={{ clipboard, screen: screenValue(screenMax) }}
      validate={() => ({})}
      change={(filled) => ({
        display: { clipboard: filled.clipboard, screenMax: screenOf(filled.screen) },
      })}
      effect="Counts from the next time that somebody opens or reopens their desktop."
      testId="pool-display"
    >
      {(form) => (
        <SimpleGrid cols={{ base: 1, xs: 2 }} style={{ alignItems: 'end' }}>
          <NativeSelect
            label="Text may be copied"
            description="By the clipboard. A picture of the screen can always be taken."
            data={CLIPBOARDS}
            {...form.getInputProps('clipboard')}
            data-testid="pool-clipboard"
          />
          <NativeSelect
            label="Largest screen"
            description="A larger window shows it scaled. Fewer dots take less of line and host."
            data={screenChoices(screenMax)}
            {...form.getInputProps('screen')}
            data-testid="pool-screen"
          />
        </SimpleGrid>
      )}
    </SettingsSection>
  );
}
