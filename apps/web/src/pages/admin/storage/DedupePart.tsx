import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Storage } from '../../../api/client.ts';
import { Ago } from '../../../components/Ago.tsx';
import { bytes } from '../../../components/format.ts';
import { ProgressLine } from '../../../components/ProgressLine.tsx';
import { ReasonButton } from '../../../components/ReasonButton.tsx';
import { barsOf, chartWords, OUTCOMES, savedBy, whenWords } from './runs.ts';
import classes from './StoragePage.module.css';

/** What storing equal content once has given back, run by run. */
export function DedupePart({ storage }: { storage: Storage }): ReactElement {
  const { dedupe } = storage;
  const queries = useQueryClient();
  const ask = useMutation({
    ...api.storage.dedupe.mutationOptions(),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.storage.key() });
      notifications.show({ message: `Looks for equal content on ${storage.host}.` });
    },
  });
  const [last] = dedupe.runs;
  const runs = last?.endedAt === null;
  const bars = barsOf(dedupe.runs);
  return (
    <div>
      <p className={classes.figure} data-testid="storage-saved">
        {bytes(dedupe.savedBytes)}
      </p>
      <p className={classes.says}>given back by storing equal content once. {whenWords(storage)}</p>
      {bars.length > 0 && (
        <div className={classes.graph}>
          <div className={classes.chart} role="img" aria-label={chartWords(dedupe.runs)}>
            {bars.map(({ run, saved, height }) => (
              <span
                key={run.id}
                className={classes.bar}
                data-outcome={run.outcome}
                style={{ height: `${height * 100}%` }}
                title={`${new Date(run.startedAt).toLocaleString('en-GB')}: ${bytes(saved)}. ${OUTCOMES[run.outcome ?? 'done']}${run.reason === null ? '' : `: ${run.reason}`}`}
              />
            ))}
          </div>
          <div className={classes.axis} aria-hidden="true">
            <span>{new Date(bars[0]?.run.startedAt ?? 0).toLocaleDateString('en-GB')}</span>
            {bars.length > 1 && (
              <span>{new Date(bars.at(-1)?.run.startedAt ?? 0).toLocaleDateString('en-GB')}</span>
            )}
          </div>
        </div>
      )}
      {runs && last.progress !== null && <ProgressLine progress={last.progress} />}
      {last !== undefined && !runs && (
        <Text size="sm" c="dimmed" mt="sm" component="div">
          Last run: <Ago at={last.startedAt} />, {OUTCOMES[last.outcome ?? 'done'].toLowerCase()}
          {last.usedBefore !== null && <>, gave back {bytes(savedBy(last))}</>}
          {last.reason !== null && <>: {last.reason}</>}.
        </Text>
      )}
      <div className={classes.foot}>
        <ReasonButton
          variant="default"
          loading={ask.isPending}
          reason={dedupe.obstacle ?? (runs ? 'It runs already.' : undefined)}
          onClick={() => ask.mutate({ id: storage.id })}
          data-testid="storage-dedupe"
        >
          Look now
        </ReasonButton>
      </div>
    </div>
  );
}
