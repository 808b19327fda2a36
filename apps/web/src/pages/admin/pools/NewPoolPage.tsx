import { Alert, Anchor, Button, Group, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { api, type Image } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { ChoiceCards } from '../../../components/ChoiceCards.tsx';
import { focusFirstFault } from '../../../components/first-fault.ts';
import { DesktopPicture } from '../../portal/DesktopPicture.tsx';
import { PageHead } from '../PageHead.tsx';
import { imageSays, newPoolRules, poolOf, startingForm } from './new-pool.ts';
import classes from './NewPoolPage.module.css';
import { MoreFields, SizeFields } from './NewPoolFields.tsx';
import { KINDS, nameFrom } from './words.ts';

/** Makes a pool: asks what matters first, and has good answers for the rest. */
export function NewPoolPage(): ReactElement {
  const images = useQuery(api.images.list.queryOptions());
  return (
    <>
      <Anchor component={Link} to="/admin/pools" size="sm">
        All pools
      </Anchor>
      <PageHead title="New pool">
        A set of machines made from one image. Everything but its name, image and kind can be changed later.
      </PageHead>
      {images.isError && (
        <Alert color="red" variant="light" role="alert">
          {messageOf(images.error)}
        </Alert>
      )}
      {images.data?.length === 0 && (
        <Alert variant="light" color="gray">
          There is no image yet. The first one is built when Orangery starts; come back when it is there.
        </Alert>
      )}
      {images.data?.[0] !== undefined && <NewPool images={images.data} first={images.data[0].name} />}
    </>
  );
}

function NewPool({ images, first }: { images: readonly Image[]; first: string }): ReactElement {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({ initialValues: startingForm(first), validate: newPoolRules });
  const create = useMutation({
    ...api.pools.create.mutationOptions(),
    meta: { inline: true },
    async onSuccess({ id, title, kind }) {
      await queries.invalidateQueries({ queryKey: api.pools.key() });
      notifications.show({
        title: `${title} is made`,
        message:
          kind === 'pooled' ? 'Its first machines follow. Now let people in.' : 'Now say who may have one.',
      });
      await navigate({ to: '/admin/pools/$poolId', params: { poolId: id } });
    },
  });
  const { values } = form;
  return (
    <form
      className={classes.form}
      onSubmit={form.onSubmit(
        (filled) =>
          create.mutate({
            ...poolOf(filled),
            timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
          }),
        (_faults, _values, event) => focusFirstFault(event),
      )}
      noValidate
      data-testid="pool-form"
    >
      <Stack gap="xl">
        <ChoiceCards
          legend="Image"
          about="What its machines are made from."
          choices={images.map((image) => ({
            value: image.name,
            title: image.title,
            says: imageSays(image),
            picture: <DesktopPicture name={image.name} />,
          }))}
          value={values.image}
          onChange={(image) => form.setFieldValue('image', image)}
          testId="pool-image"
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }} style={{ alignItems: 'end' }}>
          <TextInput
            label="Title"
            description="What people read on the tile."
            {...form.getInputProps('title')}
            onChange={({ currentTarget: { value } }) => {
              // The name follows until somebody gives one.
              if (values.name === nameFrom(values.title)) form.setFieldValue('name', nameFrom(value));
              form.setFieldValue('title', value);
            }}
            data-testid="pool-title"
          />
          <TextInput
            label="Name"
            description="For machines’ names and the command line; it stays."
            {...form.getInputProps('name')}
            data-testid="pool-name"
          />
        </SimpleGrid>
        <ChoiceCards
          legend="Kind"
          about="This stays: a pool of the other kind is a new pool."
          choices={(['pooled', 'persistent'] as const).map((kind) => ({
            value: kind,
            title: KINDS[kind].title,
            says: KINDS[kind].says,
          }))}
          value={values.kind}
          onChange={(kind) => form.setFieldValue('kind', kind)}
          cardWidth={260}
          testId="pool-kind"
        />
        <SizeFields form={form} />
        <MoreFields form={form} />
        {create.error !== null && (
          <Alert color="red" variant="light" role="alert">
            {messageOf(create.error)}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" renderRoot={(props) => <Link {...props} to="/admin/pools" />}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} data-testid="pool-create">
            Make the pool
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
