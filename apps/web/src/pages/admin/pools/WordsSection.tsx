import { Stack, Textarea, TextInput } from '@mantine/core';
import type { ReactElement } from 'react';
import type { Pool } from '../../../api/client.ts';
import { SettingsSection } from './SettingsSection.tsx';

/** What people read on the tile. */
export function WordsSection({ pool }: { pool: Pool }): ReactElement {
  return (
    <SettingsSection
      pool={pool}
      title="Tile"
      about="What people read where they open it."
      values={{ title: pool.title, description: pool.description }}
      validate={({ title }) => (title.trim() === '' ? { title: 'What people read on the tile' } : {})}
      change={(values) => values}
      effect="Their pages show it at once."
      testId="pool-words"
    >
      {(form) => (
        <Stack>
          <TextInput label="Title" maxLength={200} {...form.getInputProps('title')} />
          <Textarea
            label="Description"
            description="One or two sentences. Without one, the image’s own is there."
            autosize
            minRows={2}
            maxLength={2_000}
            {...form.getInputProps('description')}
          />
        </Stack>
      )}
    </SettingsSection>
  );
}
