import { describe, expect, it } from 'vitest';
import { ATTEMPTS_MAX, decideMachine, FAILED_KEPT_MS, type MachineView } from './policy.ts';

const planned: MachineView = {
  desired: 'running',
  phase: 'planned',
  attempts: 0,
  phaseMs: 0,
  templateReady: true,
  domain: undefined,
  diskExists: false,
  painted: false,
  identified: false,
  nicAttached: false,
};
const kind = (view: Partial<MachineView>): string => decideMachine({ ...planned, ...view }).kind;

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
