import { Alert, Button, Group, Progress, Text } from '@mantine/core';
import { type ReactElement, type ReactNode, useState } from 'react';
import { messageOf } from '../../api/errors.ts';
import { Confirm } from '../Confirm.tsx';
import classes from './BulkBar.module.css';
import { eachOf } from './each-of.ts';

export type BulkAct<T> = {
  verb: string;
  /** What is done to one. */
  act: (row: T) => Promise<unknown>;
  /** Why it is not done to this one; those are left out, and told. */
  reason?: (row: T) => string | undefined;
  /** Asked before; left out where nothing is lost. */
  warning?: (rows: readonly T[]) => ReactNode;
};

type Refused = { name: string; reason: string };
type Outcome = { verb: string; done: number; refused: Refused[] };

/** At a time: so that one person's thousand machines are not everybody's wait. */
const AT_A_TIME = 4;
const NAMED_MAX = 5;

/** What may be done with all rows that are chosen; says how far it is, and what was refused. */
export function BulkBar<T>({
  rows,
  nameOf,
  acts,
  onDone,
}: {
  rows: readonly T[];
  nameOf: (row: T) => string;
  acts: readonly BulkAct<T>[];
  /** After an act, and to choose nothing. */
  onDone: () => void;
}): ReactElement | null {
  const [asked, setAsked] = useState<BulkAct<T>>();
  const [running, setRunning] = useState<{ verb: string; done: number; of: number }>();
  const [outcome, setOutcome] = useState<Outcome>();
  async function run({ verb, act, reason }: BulkAct<T>): Promise<void> {
    setAsked(undefined);
    setOutcome(undefined);
    setRunning({ verb, done: 0, of: rows.length });
    const refused: Refused[] = [];
    await eachOf(rows, AT_A_TIME, async (row) => {
      const why = reason?.(row);
      if (why === undefined)
        await act(row).catch((error: unknown) =>
          refused.push({ name: nameOf(row), reason: messageOf(error) }),
        );
      else refused.push({ name: nameOf(row), reason: why });
      setRunning((now) => now && { ...now, done: now.done + 1 });
    });
    setRunning(undefined);
    setOutcome({ verb, done: rows.length - refused.length, refused });
    onDone();
  }
  return (
    <>
      {outcome !== undefined && <Outcomes outcome={outcome} onClose={() => setOutcome(undefined)} />}
      {(rows.length > 0 || running !== undefined) && (
        <div className={classes.bar} role="region" aria-label="With those that are chosen" data-testid="bulk">
          {running === undefined ? (
            <Group gap="sm">
              <Text size="sm" fw={600} aria-live="polite">
                {rows.length} chosen
              </Text>
              {acts.map((act) => (
                <Button
                  key={act.verb}
                  size="xs"
                  variant="default"
                  onClick={() => (act.warning === undefined ? void run(act) : setAsked(act))}
                  data-testid={`bulk-${act.verb.toLowerCase().replaceAll(' ', '-')}`}
                >
                  {act.verb}
                </Button>
              ))}
              <Button size="xs" variant="subtle" color="gray" onClick={onDone}>
                Choose none
              </Button>
            </Group>
          ) : (
            <>
              <Text size="sm" mb={6}>
                {running.verb}: {running.done} of {running.of}
              </Text>
              <Progress value={(running.done / running.of) * 100} size={6} aria-label={running.verb} />
            </>
          )}
        </div>
      )}
      <Confirm
        opened={asked !== undefined}
        title={`${asked?.verb ?? ''}: ${rows.length} chosen`}
        action={asked?.verb ?? ''}
        busy={false}
        onConfirm={() => {
          if (asked !== undefined) void run(asked);
        }}
        onClose={() => setAsked(undefined)}
      >
        {asked?.warning?.(rows)}
      </Confirm>
    </>
  );
}

function Outcomes({
  outcome: { verb, done, refused },
  onClose,
}: {
  outcome: Outcome;
  onClose: () => void;
}): ReactElement {
  return (
    <Alert
      color={refused.length > 0 ? 'citrus' : 'leaf'}
      variant="light"
      mb="md"
      role="status"
      withCloseButton
      closeButtonLabel="Close"
      onClose={onClose}
      title={`${verb}: ${done} done${refused.length > 0 ? `, ${refused.length} not` : ''}`}
      data-testid="bulk-outcome"
    >
      {refused.slice(0, NAMED_MAX).map(({ name, reason }) => (
        <Text key={name} size="sm">
          {name}: {reason}
        </Text>
      ))}
      {refused.length > NAMED_MAX && <Text size="sm">and {refused.length - NAMED_MAX} more</Text>}
    </Alert>
  );
}
