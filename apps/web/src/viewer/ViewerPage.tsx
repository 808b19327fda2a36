import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type ReactElement, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { notifications } from '@mantine/notifications';
import { api } from '../api/client.ts';
import { pollMs } from '../api/polling.ts';
import { useTitle } from '../components/use-title.ts';
import { ChoiceScreen } from './ChoiceScreen.tsx';
import { EndScreen } from './EndScreen.tsx';
import { type Viewed, ViewerModel } from './model.ts';
import { shownOf } from './state.ts';
import { Tools } from './Tools.tsx';
import classes from './ViewerPage.module.css';
import { Reconnecting, WaitingScreen } from './WaitingScreen.tsx';

const SESSION = { kind: 'session' } as const satisfies Viewed;
const DRAFT = { kind: 'draft' } as const satisfies Viewed;
/** Where each is, and what it is called until its name is known. */
const PLACES = {
  session: { path: '/session', title: 'Desktop' },
  draft: { path: '/draft', title: 'Draft' },
  machine: { path: '/console', title: 'Console' },
} as const;

export function ViewerPage(): ReactElement {
  const { id } = useParams({ from: '/person/session/$id' });
  // Another session is another viewer, with nothing of the first.
  return <Viewer key={id} id={id} of={SESSION} />;
}

/** A version of an image, in a machine of its own, while an administrator changes it. */
export function DraftViewerPage(): ReactElement {
  const { id } = useParams({ from: '/person/draft/$id' });
  return <Viewer key={id} id={id} of={DRAFT} />;
}

/** The console of a machine that nobody works on. */
export function ConsolePage(): ReactElement {
  const { id } = useParams({ from: '/person/console/$id' });
  const { because } = useSearch({ from: '/person/console/$id' });
  const [of] = useState<Viewed>(() => ({ kind: 'machine', because }));
  return <Viewer key={id} id={id} of={of} />;
}

/** The whole window: picture, tools, and what there is to say while there is no picture. */
function Viewer({ id, of }: { id: string; of: Viewed }): ReactElement {
  const [model] = useState(() => new ViewerModel(id, of));
  const view = useSyncExternalStore(model.subscribe, model.getView);
  const stage = useRef<HTMLDivElement>(null);
  const ghost = useRef<HTMLCanvasElement>(null);
  const shown = shownOf(view.state);
  const navigate = useNavigate();
  const session = useQuery(
    api.sessions.show.queryOptions({
      input: { id },
      enabled: of.kind === 'session',
      refetchInterval: () => (shown === 'connected' || shown === 'ended' ? false : pollMs(false)),
    }),
  );
  const { path, title: what } = PLACES[of.kind];
  const machine = useQuery(
    api.machines.show.queryOptions({ input: { id }, enabled: of.kind === 'machine', refetchInterval: false }),
  );
  const title = session.data?.title ?? machine.data?.name ?? what;
  useTitle(title);

  useEffect(() => {
    if (stage.current === null || ghost.current === null) return;
    return model.attach(stage.current, ghost.current);
  }, [model]);

  const { notice } = view;
  useEffect(() => {
    if (notice !== undefined) notifications.show({ message: notice.text, color: 'citrus' });
  }, [notice]);

  const { end } = view.state;
  useEffect(() => {
    if (end?.code === 'signedOut') {
      void navigate({ to: '/login', search: { redirect: `${path}/${id}` } });
    }
  }, [end, navigate, id, path]);

  return (
    <main className={classes.viewer} data-testid="viewer-state" data-state={shown} aria-label={title}>
      <div ref={stage} className={classes.stage} data-testid="viewer" />
      <canvas ref={ghost} className={classes.ghost} aria-hidden="true" />
      {(shown === 'connecting' || shown === 'waiting') && (
        <WaitingScreen sessionId={id} title={title} waiting={view.state.waiting} session={model.session} />
      )}
      {view.state.choice !== undefined && (
        <ChoiceScreen sessionId={id} title={title} other={view.state.choice} session={model.session} />
      )}
      {shown === 'reconnecting' && (
        <Reconnecting
          losses={view.state.losses}
          problem={view.state.problem}
          onHurry={model.session.hurry}
          onLeave={() => void navigate({ to: '/' })}
        />
      )}
      {shown === 'ended' && end !== undefined && (
        <EndScreen end={end} title={title} session={model.session} />
      )}
      {shown === 'connected' && (
        <Tools
          model={model}
          view={view}
          id={id}
          title={title}
          leaving={
            of.kind === 'machine'
              ? { message: `${title} goes on as it is.`, to: `/admin/machines/${id}` }
              : {
                  message: 'The draft stays as it is until it is published or discarded.',
                  to: '/admin/images',
                }
          }
          kept={of.kind !== 'session' ? undefined : (session.data ?? { own: false, profile: false })}
        />
      )}
    </main>
  );
}
