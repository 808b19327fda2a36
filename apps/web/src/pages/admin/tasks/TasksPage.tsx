import { sorts, taskRights } from '@orangery/contract';
import { Button, Text } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { api, client, type Task } from '../../../api/client.ts';
import { Ago } from '../../../components/Ago.tsx';
import { type Column, DataTable, TwoLines } from '../../../components/DataTable.tsx';
import { sortedBy, sortOf } from '../../../components/list/list-search.ts';
import { ListTools } from '../../../components/list/ListTools.tsx';
import { useList } from '../../../components/list/use-list.ts';
import { usePages } from '../../../components/list/use-pages.ts';
import { MayButton } from '../../../components/MayButton.tsx';
import { ProgressLine } from '../../../components/ProgressLine.tsx';
import { RowActions } from '../../../components/RowActions.tsx';
import { StateBadge } from '../../../components/StateBadge.tsx';
import { PageHead } from '../PageHead.tsx';
import { RetryTask } from './RetryTask.tsx';
import { StopTask } from './StopTask.tsx';
import { SubjectLink } from './SubjectLink.tsx';
import { TaskLog } from './TaskLog.tsx';

const SHOWS = [
  { value: 'open', label: 'Open' },
  { value: 'failed', label: 'Failed' },
  { value: 'done', label: 'Done' },
  { value: 'all', label: 'All' },
] as const;

const columns = (stop: (task: Task) => void, show: (task: Task) => void): readonly Column<Task>[] => [
  {
    header: 'Task',
    sort: 'title',
    cell: (task) => <TwoLines first={<SubjectLink task={task} />} second={task.what} />,
  },
  {
    header: 'State',
    sort: 'state',
    width: '38%',
    cell: ({ state, phase, progress, reason }) => (
      <>
        <StateBadge state={state} />
        {progress === null ? (
          <Text size="xs" c="dimmed" mt={4} maw={420} style={{ overflowWrap: 'anywhere' }}>
            {reason ?? (phase === state ? '' : phase)}
          </Text>
        ) : (
          <div style={{ marginTop: 6, maxWidth: 360 }}>
            <ProgressLine progress={progress} />
          </div>
        )}
      </>
    ),
  },
  { header: 'Began', sort: 'began', cell: ({ beganAt }) => <Ago at={beganAt} /> },
  { header: 'Ended', cell: ({ endedAt }) => <Ago at={endedAt} /> },
  {
    header: '',
    cell: (task) => (
      <RowActions>
        <Button
          size="xs"
          variant="default"
          onClick={() => show(task)}
          aria-label={`Log of ${task.what} of ${task.title}`}
          data-testid="task-log"
        >
          Log
        </Button>
        {task.again && <RetryTask id={task.id} right={taskRights[task.kind].change} name={task.title} />}
        {task.stop && (
          <MayButton
            right={taskRights[task.kind].change}
            size="xs"
            variant="default"
            onClick={() => stop(task)}
            aria-label={`Stop ${task.what} of ${task.title}`}
            data-testid="task-stop"
          >
            Stop
          </MayButton>
        )}
      </RowActions>
    ),
  },
];

/** All that takes long, as one list: how far it is, why it failed, and what can be done about it. */
export function TasksPage(): ReactElement {
  const list = useList();
  const navigate = useNavigate();
  const { id } = useSearch({ from: '/person/frame/admin/tasks' });
  const [stopped, setStopped] = useState<Task | undefined>();
  const { show = 'open', search } = list.asked;
  const sorted = sortOf(list.asked, sorts.tasks, 'desc');
  const state = SHOWS.find(({ value }) => value === show)?.value ?? 'open';
  const input = {
    ...sorted,
    ...(search === undefined ? {} : { search }),
    ...(state === 'all' ? {} : { state }),
  };
  const { query, more } = usePages<Task>(
    [...api.tasks.key(), 'list', input],
    (page) => client.tasks.list({ ...input, ...page }),
    ({ state: now }) => now === 'running',
  );
  const log = (task: string | undefined): void =>
    void navigate({
      to: '.',
      replace: true,
      resetScroll: false,
      search: ((now: object) => ({ ...now, id: task })) as never,
    });
  return (
    <>
      <PageHead title="Tasks">
        What takes long: images, templates, roll-outs, maintenance, deduplication. What failed is tried again
        from here.
      </PageHead>
      <ListTools
        list={list}
        placeholder="What, of what, or why it failed"
        shows={SHOWS}
        showLabel="Which tasks"
        testId="tasks-search"
      />
      <DataTable
        label="Tasks"
        query={query}
        columns={columns(setStopped, (task) => log(task.id))}
        keyOf={(task) => task.id}
        sorting={{ ...sorted, onSort: (by) => list.show(sortedBy(sorted, by)) }}
        onEnd={more}
        empty={
          search !== undefined
            ? `No task has “${search}” in it.`
            : state === 'open'
              ? 'Nothing runs, nothing waits, and nothing has failed.'
              : 'There is none.'
        }
        testId="tasks"
      />
      {id !== undefined && <TaskLog id={id} onClose={() => log(undefined)} />}
      {stopped !== undefined && <StopTask task={stopped} onClose={() => setStopped(undefined)} />}
    </>
  );
}
