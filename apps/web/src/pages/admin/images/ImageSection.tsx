import { Anchor, Button, Group, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import type { Image, Pool } from '../../../api/client.ts';
import { useMay } from '../../../api/may.ts';
import { Ago } from '../../../components/Ago.tsx';
import { type Column, Rows, TwoLines } from '../../../components/DataTable.tsx';
import { bytes } from '../../../components/format.ts';
import { DesktopPicture } from '../../portal/DesktopPicture.tsx';
import { DiscardDraft, PublishDraft } from './DraftDialogs.tsx';
import { DeleteVersion } from './DeleteVersion.tsx';
import { EditNotes } from './EditNotes.tsx';
import classes from './ImageSection.module.css';
import { MakeCurrent } from './MakeCurrent.tsx';
import { Refresh } from './Refresh.tsx';
import { State } from './State.tsx';
import { VersionActs } from './VersionActs.tsx';
import { origin, poolsOf, stateOf, type Version } from './versions.ts';

type Asking = { what: 'current' | 'notes' | 'delete' | 'publish' | 'discard'; version: Version };

const size = (count: number | null): string => (count === null ? '–' : bytes(count));

const columns = (
  image: Image,
  pools: readonly Pool[],
  /** Undefined: who looks changes nothing of it. */
  ask: ((asking: Asking) => void) | undefined,
): readonly Column<Version>[] => [
  {
    header: 'Version',
    cell: ({ version, current, readyAt, source, base }) => (
      <TwoLines
        first={
          <span className={classes.version}>
            Version {version}
            {current && <span className={classes.current}>Current</span>}
          </span>
        }
        second={
          <>
            {origin({ source, base })}
            {readyAt !== null && <Ago at={readyAt} />}
          </>
        }
      />
    ),
  },
  {
    header: 'State',
    cell: (version) => (
      <>
        <State {...stateOf(version)} />
        {version.upload !== null && version.phase === 'uploading' && (
          <Text size="xs" c="dimmed" mt={4}>
            {version.upload.fileName}, {bytes(version.upload.bytes)}
          </Text>
        )}
      </>
    ),
  },
  {
    header: 'Size',
    cell: ({ virtualBytes, fileBytes }) => (
      <div style={{ whiteSpace: 'nowrap' }}>
        <TwoLines
          first={size(fileBytes)}
          second={virtualBytes === null ? '' : `disk of ${bytes(virtualBytes)}`}
        />
      </div>
    ),
  },
  { header: 'Pools', cell: (version) => <PoolsOf version={version} pools={pools} /> },
  {
    header: 'Notes',
    cell: (version) => (
      <>
        <div className={classes.notes}>{version.notes}</div>
        {ask !== undefined && (
          <Button
            className={version.notes === '' ? '' : classes.edit}
            size="compact-xs"
            variant={version.notes === '' ? 'default' : 'subtle'}
            onClick={() => ask({ what: 'notes', version })}
            aria-label={`${version.notes === '' ? 'Write notes for' : 'Change notes of'} ${image.title} version ${version.version}`}
          >
            {version.notes === '' ? 'Write notes' : 'Change'}
          </Button>
        )}
      </>
    ),
  },
  ...(ask === undefined
    ? []
    : [
        {
          header: '',
          cell: (version: Version) => (
            <Group gap={6} justify="flex-end" className={classes.acts}>
              <VersionActs image={image} version={version} ask={(what) => ask({ what, version })} />
            </Group>
          ),
        },
      ]),
];

/** One image: its versions, who makes machines from which, and what may be done with each. */
export function ImageSection({ image, pools }: { image: Image; pools: readonly Pool[] }): ReactElement {
  const [asking, setAsking] = useState<Asking | undefined>();
  const close = (): void => setAsking(undefined);
  const may = useMay();
  const changes = may('images.change') && (!image.shared || may('installation'));
  return (
    <section className={classes.image} aria-labelledby={`image-${image.id}`}>
      <div className={classes.head}>
        <div className={classes.picture}>
          <DesktopPicture name={image.name} />
        </div>
        <div>
          <Title order={2} fz={18} id={`image-${image.id}`}>
            {image.title}
          </Title>
          <Text size="sm" c="dimmed">
            {image.name}
            {image.description === '' ? '' : ` – ${image.description}`}
            {image.shared &&
              !changes &&
              '. The installation’s: all tenants may use it, and operators change it'}
          </Text>
        </div>
      </div>
      {changes && <Refresh image={image} />}
      {image.versions.length === 0 ? (
        <Text size="sm" c="dimmed">
          No version yet.
        </Text>
      ) : (
        <Rows
          label={`Versions of ${image.title}`}
          rows={image.versions}
          columns={columns(image, pools, changes ? setAsking : undefined)}
          keyOf={(version) => version.id}
          testId={`versions-${image.name}`}
        />
      )}
      {asking?.what === 'current' && (
        <MakeCurrent image={image} version={asking.version} pools={pools} onClose={close} />
      )}
      {asking?.what === 'notes' && <EditNotes image={image} version={asking.version} onClose={close} />}
      {asking?.what === 'publish' && <PublishDraft image={image} version={asking.version} onClose={close} />}
      {asking?.what === 'discard' && <DiscardDraft image={image} version={asking.version} onClose={close} />}
      {asking?.what === 'delete' && <DeleteVersion image={image} version={asking.version} onClose={close} />}
    </section>
  );
}

function PoolsOf({ version, pools }: { version: Version; pools: readonly Pool[] }): ReactElement {
  const { following, kept } = poolsOf(version, pools);
  const shown = [
    ...following.map((pool) => ({ pool, how: 'follows' })),
    ...kept.map((pool) => ({ pool, how: 'kept here' })),
  ];
  if (shown.length === 0) return <Text size="sm">–</Text>;
  return (
    <ul className={classes.pools}>
      {shown.map(({ pool, how }) => (
        <li key={pool.id}>
          <Anchor
            inherit
            underline="always"
            renderRoot={(props) => <Link {...props} to="/admin/pools/$poolId" params={{ poolId: pool.id }} />}
          >
            {pool.title}
          </Anchor>{' '}
          <span className={classes.how}>{how}</span>
        </li>
      ))}
    </ul>
  );
}
