import { describe, expect, it } from 'vitest';
import {
  ATTEMPTS_MAX,
  decideMachine,
  FAILED_KEPT_MS,
  type MachineView,
  RESTART_MS_MAX,
  SHUTDOWN_MS_MAX,
} from './policy.ts';

const planned: MachineView = {
  kind: 'pooled',
  desired: 'running',
  power: 'on',
  restart: undefined,
  phase: 'planned',
  attempts: 0,
  phaseMs: 0,
  templateReady: true,
  domain: undefined,
  diskExists: false,
  painted: false,
  identified: false,
  nicAttached: false,
  used: false,
  agentAnswers: false,
  wanted: false,
  profile: 'none',
  adopted: false,
  nameless: false,
  rearrange: false,
  alone: false,
};
const BOOT_MS_MAX = 60_000;
const kind = (view: Partial<MachineView>): string => decideMachine({ ...planned, ...view }, BOOT_MS_MAX).kind;

describe('the life of a machine', () => {
  it('goes from nothing to ready, one act at a time', () => {
    expect(kind({})).toBe('fork');
    expect(kind({ domain: 'running' })).toBe('markPainted');
    expect(kind({ domain: 'running', painted: true })).toBe('identify');
    expect(kind({ domain: 'running', painted: true, identified: true })).toBe('attachNic');
    expect(kind({ domain: 'running', painted: true, identified: true, nicAttached: true })).toBe('markReady');
    expect(
      kind({ domain: 'running', phase: 'ready', painted: true, identified: true, nicAttached: true }),
    ).toBe('rest');
  });

  it('waits while its template is not ready', () => {
    expect(kind({ templateReady: false })).toBe('wait');
  });

  it('ends what a fork that was cut off left, and begins again', () => {
    expect(kind({ domain: 'paused', diskExists: true })).toBe('destroy');
    expect(kind({ domain: undefined, diskExists: true })).toBe('fork');
  });

  it('never forks a machine again that somebody may have used', () => {
    expect(kind({ domain: undefined, painted: true, phase: 'ready' })).toBe('giveUp');
    expect(kind({ domain: 'crashed', painted: true, phase: 'ready' })).toBe('giveUp');
  });

  it('gives up after a few tries', () => {
    expect(kind({ attempts: ATTEMPTS_MAX })).toBe('giveUp');
    expect(kind({ attempts: ATTEMPTS_MAX - 1 })).toBe('fork');
  });

  it('is taken away from the top down: machine, disk, row', () => {
    const absent = { desired: 'absent' } as const;
    expect(kind({ ...absent, domain: 'running', diskExists: true })).toBe('destroy');
    expect(kind({ ...absent, diskExists: true })).toBe('deleteDisk');
    expect(kind({ ...absent })).toBe('deleteRow');
  });

  it('keeps the row of a failed machine for a while, but nothing on the host', () => {
    expect(kind({ phase: 'failed', domain: 'running' })).toBe('destroy');
    expect(kind({ phase: 'failed', diskExists: true })).toBe('deleteDisk');
    expect(kind({ phase: 'failed' })).toBe('rest');
    expect(kind({ phase: 'failed', phaseMs: FAILED_KEPT_MS })).toBe('deleteRow');
    expect(kind({ phase: 'failed', desired: 'absent' })).toBe('deleteRow');
  });
});

describe('a machine that somebody has taken', () => {
  const ready = {
    domain: 'running',
    phase: 'ready',
    painted: true,
    identified: true,
    nicAttached: true,
    diskExists: true,
    wanted: true,
  } as const;

  it('gets the person’s disk and becomes theirs, before its network card', () => {
    expect(kind({ ...ready, profile: 'unplugged' })).toBe('plugProfile');
    expect(kind({ ...ready, profile: 'plugged', nicAttached: false })).toBe('adopt');
    expect(kind({ ...ready, profile: 'none' })).toBe('adopt');
    expect(kind({ ...ready, profile: 'plugged', adopted: true })).toBe('rest');
  });

  it('shows what was opened once everything of the person is there, and then watches it', () => {
    const asked = { ...ready, profile: 'none', rearrange: true, alone: true } as const;
    expect(kind(asked)).toBe('adopt');
    expect(kind({ ...asked, adopted: true, nicAttached: false })).toBe('arrange');
    expect(kind({ ...asked, adopted: true, rearrange: false })).toBe('watch');
    expect(kind({ ...asked, adopted: true, rearrange: false, alone: false })).toBe('rest');
    // Nobody's session is nobody's to arrange.
    expect(kind({ ...asked, adopted: true, wanted: false })).toBe('rest');
  });

  it('waits for the disk of who brings one: an empty home is not theirs', () => {
    expect(kind({ ...ready, wanted: false, profile: 'none' })).toBe('rest');
  });

  it('closes the disk before it ends, and gives it back only when it runs no more', () => {
    const over = { ...ready, desired: 'absent', profile: 'plugged', wanted: false } as const;
    expect(kind({ ...over, adopted: true })).toBe('leave');
    expect(kind({ ...over, adopted: false })).toBe('destroy');
    // Somebody who finds it hung does not wait for its guest.
    expect(kind({ ...over, adopted: true, restart: 'hard' })).toBe('destroy');
    expect(kind({ ...over, domain: undefined })).toBe('releaseProfile');
    expect(kind({ ...over, domain: undefined, profile: 'none' })).toBe('deleteDisk');
  });

  it('gives the disk back when it fails, too', () => {
    const failed = { ...ready, phase: 'failed', profile: 'plugged' } as const;
    expect(kind(failed)).toBe('destroy');
    expect(kind({ ...failed, domain: undefined })).toBe('releaseProfile');
  });
});

describe('a machine that is a person’s own', () => {
  const own = { kind: 'persistent', templateReady: false } as const;

  it('gets its disk once, boots from it, and is ready when its guest answers', () => {
    expect(kind(own)).toBe('createDisk');
    expect(kind({ ...own, diskExists: true })).toBe('boot');
    const boots = { ...own, diskExists: true, domain: 'running', phase: 'booting' } as const;
    expect(kind(boots)).toBe('wait');
    expect(kind({ ...boots, phaseMs: BOOT_MS_MAX + 1 })).toBe('giveUp');
    expect(kind({ ...boots, agentAnswers: true })).toBe('markPainted');
    expect(kind({ ...boots, painted: true })).toBe('identify');
  });

  it('is shut down politely, and switched off when it does not listen', () => {
    const off = { ...own, power: 'off', diskExists: true } as const;
    expect(kind({ ...off, domain: 'running', phase: 'ready' })).toBe('shutdown');
    expect(kind({ ...off, domain: 'running', phase: 'stopping' })).toBe('wait');
    expect(kind({ ...off, domain: 'running', phase: 'stopping', phaseMs: SHUTDOWN_MS_MAX + 1 })).toBe(
      'destroy',
    );
    expect(kind({ ...off, phase: 'stopping' })).toBe('markOff');
    expect(kind({ ...off, phase: 'off' })).toBe('rest');
  });

  it('has an account of its person’s name before anything else of theirs', () => {
    const named = { ...own, diskExists: true, domain: 'running', painted: true, identified: true } as const;
    expect(kind({ ...named, wanted: true, nameless: true })).toBe('ownAccount');
    expect(kind({ ...named, wanted: true })).toBe('adopt');
  });

  it('is restarted: asked first, then switched off, then booted, whatever it hangs in', () => {
    const hung = { ...own, diskExists: true, used: true, painted: true, domain: 'running' } as const;
    const gently = { ...hung, restart: 'gently' } as const;
    expect(kind({ ...gently, phase: 'ready' })).toBe('shutdown');
    expect(kind({ ...gently, phase: 'stopping' })).toBe('wait');
    expect(kind({ ...gently, phase: 'stopping', phaseMs: RESTART_MS_MAX + 1 })).toBe('destroy');
    expect(kind({ ...hung, restart: 'hard', phase: 'booting', attempts: ATTEMPTS_MAX })).toBe('destroy');
    expect(kind({ ...gently, domain: undefined })).toBe('markRestarted');
    expect(kind({ ...hung, painted: false, phase: 'off', domain: undefined })).toBe('boot');
  });

  it('boots again when its guest shut itself down', () => {
    expect(kind({ ...own, diskExists: true, painted: true, used: true, phase: 'ready' })).toBe('boot');
  });

  it('never loses its disk by itself, and is never given an empty one in place of a lost one', () => {
    const failed = { ...own, phase: 'failed', diskExists: true, phaseMs: FAILED_KEPT_MS * 100 } as const;
    expect(kind(failed)).toBe('rest');
    expect(kind({ ...failed, domain: 'running' })).toBe('rest');
    expect(kind({ ...own, diskExists: false, used: true })).toBe('giveUp');
    expect(kind({ ...failed, desired: 'absent' })).toBe('deleteDisk');
  });
});
