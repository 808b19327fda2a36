import type { DesktopState } from '@orangery/contract';

export type DesktopView = {
  session: { phase: 'waiting' | 'connected' | 'disconnected' } | undefined;
  machines: { ready: number; starting: number };
  /** Why nobody may begin now. */
  closedReason: string | null;
  /** Each person has a machine of their own: `made` when this one has it already. */
  own: 'made' | 'whenOpened' | undefined;
  /** How many machines the pool may still make. */
  room: number;
  template: { phase: string; reason: string | null } | undefined;
  image: { phase: string; reason: string | null } | undefined;
  hostsReady: number;
};

/** What a tile says, and why. Nobody should have to guess what an installation that is not ready is waiting for. */
export function decideDesktop(view: DesktopView): { state: DesktopState; reason: string } {
  if (view.session?.phase === 'waiting') return { state: 'starting', reason: 'Your desktop is being made.' };
  if (view.session?.phase === 'connected') return { state: 'in_use', reason: 'Open in a browser now.' };
  if (view.session?.phase === 'disconnected') {
    return { state: 'in_use', reason: 'Your session goes on where you left it.' };
  }
  if (view.closedReason !== null) return { state: 'unavailable', reason: view.closedReason };
  if (view.own === 'made' && view.hostsReady > 0) {
    return { state: 'starting', reason: 'Your own machine is started when you open it.' };
  }
  if (view.own === undefined && view.machines.ready > 0) return { state: 'ready', reason: 'Opens at once.' };
  if (view.hostsReady === 0) {
    return {
      state: 'unavailable',
      reason: 'No host is reachable. Your administrator sees why on the hosts page.',
    };
  }
  if (view.template?.phase === 'ready') {
    if (view.own === 'whenOpened' && view.room > 0) {
      return { state: 'starting', reason: 'Your own machine is made when you open it.' };
    }
    if (view.own === undefined && (view.machines.starting > 0 || view.room > 0))
      return { state: 'starting', reason: 'Takes a few seconds to open.' };
    return { state: 'unavailable', reason: 'All machines of this pool are in use.' };
  }
  if (view.image?.phase === 'failed') {
    return {
      state: 'unavailable',
      reason: `Its image could not be built: ${view.image.reason ?? 'unknown'}`,
    };
  }
  if (view.template?.phase === 'failed') {
    return {
      state: 'unavailable',
      reason: `Its template could not be made: ${view.template.reason ?? 'unknown'}`,
    };
  }
  if (view.image?.phase !== 'ready') return { state: 'preparing', reason: 'Its image is being built.' };
  return { state: 'preparing', reason: 'Its template is being made.' };
}
