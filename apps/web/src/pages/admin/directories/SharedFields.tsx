import { NumberInput, SimpleGrid, Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { ReactElement } from 'react';
import type { DirectoryValues } from './directory-values.ts';

export type DirectoryFields = UseFormReturnType<DirectoryValues>;

/** What is made of a title as long as nobody has written a name. */
const slug = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 63);

export function NameFields({ form, isNew }: { form: DirectoryFields; isNew: boolean }): ReactElement {
  const { title, name } = form.values;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <TextInput
        label="Title"
        description="What people know it by"
        {...form.getInputProps('title')}
        onChange={(event) => {
          const next = event.currentTarget.value;
          form.setFieldValue('title', next);
          if (isNew && (name === '' || name === slug(title))) form.setFieldValue('name', slug(next));
        }}
        data-testid="directory-title"
      />
      <TextInput
        label="Name"
        description="By which its people are told from others; it stays"
        disabled={!isNew}
        {...form.getInputProps('name')}
        data-testid="directory-name"
      />
    </SimpleGrid>
  );
}

export function SharedFields({ form }: { form: DirectoryFields }): ReactElement {
  return (
    <>
      <Textarea
        label="Authority of its certificate"
        description="As PEM, where it is one of your own. Empty: those that everybody knows."
        autosize
        minRows={2}
        maxRows={8}
        {...form.getInputProps('ca')}
        data-testid="directory-ca"
      />
      <NumberInput
        label="At most so many people"
        description="Each is made at their first sign-in; who is here already always comes in"
        min={1}
        max={200_000}
        maw={360}
        {...form.getInputProps('peopleMax')}
      />
    </>
  );
}
