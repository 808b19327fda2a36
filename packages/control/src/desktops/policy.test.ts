import { describe, expect, it } from 'vitest';
import { decideDesktop, type DesktopView } from './policy.ts';

const ready: DesktopView = {
  session: undefined,
  closedReason: null,
  own: undefined,
  machines: { ready: 1, starting: 0 },
  room: 5,
  template: { phase: 'ready', reason: null },
  image: { phase: 'ready', reason: null },
  hostsReady: 1,
};
const state = (view: Partial<DesktopView>): string => decideDesktop({ ...ready, ...view }).state;
const none = { ready: 0, starting: 0 };

describe('what a tile says', () => {
  it('shows one’s own session before anything else', () => {
    expect(state({ session: { phase: 'waiting' }, hostsReady: 0 })).toBe('starting');
    expect(state({ session: { phase: 'connected' } })).toBe('in_use');
    expect(state({ session: { phase: 'disconnected' } })).toBe('in_use');
  });

  it('is ready when a machine waits, starting when one can be made', () => {
    expect(state({})).toBe('ready');
    expect(state({ machines: none })).toBe('starting');
    expect(state({ machines: { ready: 0, starting: 1 }, room: 0 })).toBe('starting');
  });

  it('says that the pool is full when there is no room', () => {
    expect(decideDesktop({ ...ready, machines: none, room: 0 })).toMatchObject({
      state: 'unavailable',
      reason: expect.stringContaining('in use') as string,
    });
  });

  it('says why a pool is closed, but one’s own session goes on', () => {
    const closed = { closedReason: 'Back at ten, we update it.' };
    expect(decideDesktop({ ...ready, ...closed })).toEqual({
      state: 'unavailable',
      reason: 'Back at ten, we update it.',
    });
    expect(state({ ...closed, session: { phase: 'disconnected' } })).toBe('in_use');
  });

  it('starts a machine of one’s own when it is opened', () => {
    expect(state({ own: 'made', machines: none, room: 0 })).toBe('starting');
    expect(state({ own: 'made', machines: none, hostsReady: 0 })).toBe('unavailable');
  });

  it('starts a machine of one’s own also while nothing new can be made of its image', () => {
    const failed = { template: { phase: 'failed', reason: 'never booted' }, machines: none };
    expect(state({ own: 'made', ...failed })).toBe('starting');
    expect(state({ own: 'whenOpened', ...failed })).toBe('unavailable');
  });

  it('makes a machine of one’s own while there is room', () => {
    const others = { ready: 0, starting: 3 };
    expect(state({ own: 'whenOpened', machines: none, room: 1 })).toBe('starting');
    expect(state({ own: 'whenOpened', machines: others, room: 0 })).toBe('unavailable');
  });

  it('tells what an installation that is not ready is waiting for, or what failed', () => {
    const young = { machines: none, template: undefined };
    expect(decideDesktop({ ...ready, ...young, image: { phase: 'building', reason: null } })).toMatchObject({
      state: 'preparing',
    });
    expect(
      decideDesktop({ ...ready, ...young, image: { phase: 'failed', reason: 'no space left' } }).reason,
    ).toContain('no space left');
    expect(
      decideDesktop({ ...ready, machines: none, template: { phase: 'failed', reason: 'never booted' } })
        .reason,
    ).toContain('never booted');
    expect(decideDesktop({ ...ready, machines: none, hostsReady: 0 }).reason).toContain('host');
  });
});
