import { Alert, SimpleGrid, Skeleton, Text, TextInput, Title } from '@mantine/core';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Desktop, type MyApplication } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { pollMs } from '../../api/polling.ts';
import { useTitle } from '../../components/use-title.ts';
import { Message } from '../../shell/Message.tsx';
import { arrange, SEARCHED_MIN } from './arrange.ts';
import { DesktopTile } from './DesktopTile.tsx';
import { EmptyPicture } from './DesktopPicture.tsx';
import { ApplicationsSection } from './ApplicationsSection.tsx';
import { FirstStart } from './FirstStart.tsx';
import { UsageSection } from './UsageSection.tsx';
import { t } from '../../i18n/t.ts';

const COLUMNS = { base: 1, xs: 2, md: 3, xl: 4 };

const isChanging = (desktops: readonly Desktop[] | undefined): boolean =>
  desktops === undefined || desktops.some(({ state }) => state === 'starting' || state === 'preparing');

/** What a person came for. */
export function PortalPage(): ReactElement {
  useTitle(t('My desktops'));
  const { data: me } = useSuspenseQuery(api.me.show.queryOptions());
  const desktops = useQuery(
    api.desktops.list.queryOptions({ refetchInterval: ({ state }) => pollMs(isChanging(state.data)) }),
  );
  const applications = useQuery(api.applications.mine.queryOptions());
  const [search, setSearch] = useState('');
  const many = (desktops.data?.length ?? 0) + (applications.data?.length ?? 0) >= SEARCHED_MIN;
  const firstName = me.name.trim().split(/\s+/)[0] ?? me.name;
  return (
    <>
      <Title order={1} fz={{ base: 26, sm: 32 }}>
        {t('My desktops')}
      </Title>
      <Text c="dimmed" mt={4} mb="xl" fz={{ base: 'sm', sm: 'md' }}>
        {t('Hello {name}.', { name: firstName })}{' '}
        {desktops.data?.length === 0
          ? ''
          : t('Open one; it runs in this browser, and goes on where you left it.')}
      </Text>
      <FirstStart />
      {desktops.isError && (
        <Alert color="red" variant="light" mb="lg" role="alert">
          {messageOf(desktops.error)}
        </Alert>
      )}
      {many && (
        <TextInput
          label={t('Search')}
          placeholder={t('A desktop or an application')}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          maw={360}
          mb="lg"
          data-testid="portal-search"
        />
      )}
      <ApplicationsSection search={search} />
      <Tiles
        desktops={desktops.data}
        applications={applications.data}
        search={search}
        loading={desktops.isPending}
        administrator={me.rights.includes('pools.change')}
      />
      {desktops.data !== undefined && <UsageSection />}
    </>
  );
}

function Tiles({
  desktops,
  applications,
  search,
  loading,
  administrator,
}: {
  desktops: readonly Desktop[] | undefined;
  applications: readonly MyApplication[] | undefined;
  search: string;
  loading: boolean;
  administrator: boolean;
}): ReactElement | null {
  if (loading) {
    return (
      <SimpleGrid cols={COLUMNS} spacing="lg" aria-hidden="true">
        {[0, 1, 2].map((each) => (
          <Skeleton key={each} height={330} radius="lg" />
        ))}
      </SimpleGrid>
    );
  }
  if (desktops === undefined) return null;
  if (desktops.length === 0) {
    // Whoever has programs of their own need not be told that there is no desktop around them.
    if (applications === undefined || applications.length > 0) return null;
    return (
      <Message picture={<EmptyPicture />} title={t('No desktops yet')}>
        {administrator
          ? t('There is no pool to make desktops from. As soon as an image is ready, its pool appears here.')
          : t(
              'Nobody has given you a desktop. Ask your administrator to let you use one; it appears here by itself.',
            )}
      </Message>
    );
  }
  const shown = arrange(desktops, search);
  if (shown.length === 0 && arrange(applications ?? [], search).length === 0)
    return (
      <Text c="dimmed" role="status">
        {t('Nothing of yours is called “{search}”.', { search })}
      </Text>
    );
  return (
    <SimpleGrid cols={COLUMNS} spacing="lg" component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
      {shown.map((desktop) => (
        <li key={desktop.poolId}>
          <DesktopTile desktop={desktop} />
        </li>
      ))}
    </SimpleGrid>
  );
}
