import { Button, Loader, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useCallback, useState } from 'react';
import { client, type Picture } from '../api/client.ts';
import { codeOf, messageOf } from '../api/errors.ts';
import { Ago } from './Ago.tsx';
import { AskToLook } from './looks/AskToLook.tsx';
import { LookWithout } from './looks/LookWithout.tsx';
import classes from './MachinePicture.module.css';
import { t } from '../i18n/t.ts';

/** A failure shows what was; the others what is now. */
export type Pictured = { kind: 'session' | 'machine' | 'failure'; id: string; name: string };

/** `because`: why one looks without consent. */
const TAKE: Record<Pictured['kind'], (id: string, because?: string) => Promise<Picture>> = {
  session: (id, because) => client.sessions.picture({ id, ...(because === undefined ? {} : { because }) }),
  machine: (id, because) => client.machines.picture({ id, ...(because === undefined ? {} : { because }) }),
  failure: (id) => client.machines.failurePicture({ id }),
};

/** What a machine shows now. Taken when it is shown and when somebody asks again; kept no longer than it is seen. */
export function MachinePicture({
  of,
  person = 'Whoever works on it',
}: {
  of: Pictured;
  /** Whose screen it is. */
  person?: string;
}): ReactElement {
  const [because, setBecause] = useState<string | undefined>();
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ['picture', of.kind, of.id, because],
    queryFn: () => TAKE[of.kind](of.id, because),
    gcTime: 0,
    staleTime: Infinity,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const again = useCallback(() => void refetch(), [refetch]);
  const past = of.kind === 'failure';
  const refused: ReactNode =
    codeOf(error) !== 'FORBIDDEN' ? (
      error !== null && messageOf(error)
    ) : of.kind === 'session' ? (
      <AskToLook sessionId={of.id} person={person} onAllowed={again} onBecause={setBecause} />
    ) : (
      <>
        {messageOf(error)}
        <LookWithout onBecause={setBecause} />
      </>
    );
  return (
    <div data-testid="machine-picture">
      <div className={classes.frame}>
        {data !== undefined && error === null ? (
          <img
            src={`data:image/png;base64,${data.png}`}
            width={data.width}
            height={data.height}
            alt={
              past
                ? t('What {name} showed at its end', { name: of.name })
                : t('What {name} shows now', { name: of.name })
            }
          />
        ) : (
          <div className={classes.nothing} role="status">
            {error === null ? (
              <Loader size="sm" mx="auto" role="img" aria-label={t('Taking a picture')} />
            ) : (
              refused
            )}
          </div>
        )}
      </div>
      <div className={classes.foot}>
        <Text size="xs" c="dimmed">
          {data === undefined || error !== null ? (
            t('No picture')
          ) : (
            <>
              {t('As it was')} <Ago at={data.takenAt} />
            </>
          )}
        </Text>
        {!past && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            loading={isFetching}
            onClick={again}
            data-testid="machine-picture-again"
          >
            {t('Look again')}
          </Button>
        )}
      </div>
    </div>
  );
}
