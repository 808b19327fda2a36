import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { type ReactElement, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { notifications } from '@mantine/notifications';
import { api } from '../api/client.ts';
import { pollMs } from '../api/polling.ts';
import { useTitle } from '../components/use-title.ts';
import { ChoiceScreen } from './ChoiceScreen.tsx';
import { EndScreen } from './EndScreen.tsx';
import { ViewerModel } from './model.ts';
import { shownOf } from './state.ts';
import { Tools } from './Tools.tsx';
import classes from './ViewerPage.module.css';
import { Reconnecting, WaitingScreen } from './WaitingScreen.tsx';

export function ViewerPage(): ReactElement {
  const { id } = useParams({ from: '/person/session/$id' });
  // Another session is another viewer, with nothing of the first.
  return <Viewer key={id} id={id} of="session" />;
}

/** A version of an image, in a machine of its own, while an administrator changes it. */
export function DraftViewerPage(): ReactElement {
  const { id } = useParams({ from: '/person/draft/$id' });
  return <Viewer key={id} id={id} of="draft" />;
}

/** The whole window: picture, tools, and what there is to say while there is no picture. */
function Viewer({ id, of }: { id: string; of: 'session' | 'draft' }): ReactElement {
  const [model] = useState(() => new ViewerModel(id, of));
  const view = useSyncExternalStore(model.subscribe, model.getView);
  const stage = useRef<HTMLDivElement>(null);
  const ghost = useRef<HTMLCanvasElement>(null);
  const shown = shownOf(view.state);
  const navigate = useNavigate();
  const session = useQuery(
    api.sessions.show.queryOptions({
      input: { id },
      enabled: of === 'session',
      refetchInterval: () => (shown === 'connected' || shown === 'ended' ? false : pollMs(false)),
    }),
  );
  const title = of === 'draft' ? 'Draft' : (session.data?.title ?? 'Desktop');
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
      void navigate({ to: '/login', search: { redirect: `/${of}/${id}` } });
    }
  }, [end, navigate, id, of]);

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
          kept={of === 'draft' ? undefined : (session.data ?? { own: false, profile: false })}
        />
      )}
    </main>
  );
}
