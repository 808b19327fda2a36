import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOf, NO_PROGRAM, outcomeOf } from './guest.ts';
import { decideMaintenance, type MachineState, type MaintenanceView, whyNotNow } from './policy.ts';

const MINUTE_MS = 60_000;
const machine: MachineState = {
  desired: 'running',
  phase: 'ready',
  power: 'on',
  reason: null,
  session: undefined,
};
const view = (changes: Partial<MaintenanceView> = {}, of: Partial<MachineState> = {}): MaintenanceView => ({
  phase: 'planned',
  asked: false,
  stopped: false,
  dueMs: 0,
  untilMs: 240 * MINUTE_MS,
  workMs: 60 * MINUTE_MS,
  nowMs: 0,
  reason: null,
  silentMs: undefined,
  switchesOn: true,
  machine: { ...machine, ...of },
  ...changes,
});
const off = { phase: 'off', power: 'off' } as const;

describe('a maintenance whose moment has come', () => {
  it('waits for its moment, then begins, with the time that is left at most', () => {
    expect(decideMaintenance(view({ dueMs: 5_000 }))).toMatchObject({ kind: 'wait', againMs: 5_000 });
    expect(decideMaintenance(view())).toEqual({ kind: 'start', limitMs: 60 * MINUTE_MS });
    expect(decideMaintenance(view({ nowMs: 220 * MINUTE_MS }))).toEqual({
      kind: 'start',
      limitMs: 20 * MINUTE_MS,
    });
  });

  it('disturbs nobody who works, and runs while their session is left', () => {
    for (const session of ['connected', 'waiting'] as const) {
      expect(decideMaintenance(view({}, { session }))).toMatchObject({
        kind: 'wait',
        reason: 'somebody works on its machine',
      });
      // Its place on the host is for others then.
      expect(decideMaintenance(view({ phase: 'waking' }, { session })).kind).toBe('yield');
    }
    expect(decideMaintenance(view({}, { session: 'disconnected' })).kind).toBe('start');
  });

  it('is skipped when the window ends before it could begin, and says what it waited for', () => {
    const late = { nowMs: 236 * MINUTE_MS, reason: 'somebody works on its machine' };
    expect(decideMaintenance(view(late, { session: 'connected' }))).toEqual({
      kind: 'end',
      outcome: 'skipped',
      reason: 'not begun before the end of its time: somebody works on its machine',
    });
    expect(decideMaintenance(view({ ...late, reason: null }))).toMatchObject({
      kind: 'end',
      reason: expect.stringContaining('no server was there') as string,
    });
  });

  it('switches a machine on where its pool says so, or somebody asks', () => {
    expect(decideMaintenance(view({}, off))).toEqual({ kind: 'wake' });
    expect(decideMaintenance(view({ switchesOn: false }, off))).toMatchObject({
      kind: 'end',
      outcome: 'skipped',
    });
    expect(decideMaintenance(view({ switchesOn: false, asked: true }, off))).toEqual({ kind: 'wake' });
    expect(decideMaintenance(view({ phase: 'waking' }, { phase: 'booting' })).kind).toBe('wait');
    expect(decideMaintenance(view({ phase: 'waking' })).kind).toBe('start');
  });

  it('ends with its machine', () => {
    for (const of of [{ desired: 'absent' }, { phase: 'failed', reason: 'broken' }] as const) {
      expect(decideMaintenance(view({}, of))).toMatchObject({ kind: 'end', outcome: 'skipped' });
      expect(decideMaintenance(view({ phase: 'running' }, of))).toMatchObject({
        kind: 'end',
        outcome: 'failed',
      });
    }
    expect(decideMaintenance(view({ machine: undefined }))).toMatchObject({
      reason: 'its machine was taken away',
    });
  });

  it('is told of a guest that does not answer', () => {
    const silent = { silentMs: 11 * MINUTE_MS };
    for (const phase of ['planned', 'starting', 'running'] as const)
      expect(decideMaintenance(view({ phase, ...silent }))).toEqual({
        kind: 'end',
        outcome: 'failed',
        reason: 'its guest did not answer for 11 minutes',
      });
    expect(decideMaintenance(view({ phase: 'running', silentMs: MINUTE_MS })).kind).toBe('look');
  });
});

describe('a maintenance that has begun', () => {
  it('is begun again until its guest has confirmed, and looked at from then on', () => {
    expect(decideMaintenance(view({ phase: 'starting' })).kind).toBe('start');
    expect(decideMaintenance(view({ phase: 'running' })).kind).toBe('look');
    // Who comes meanwhile does not end it in the middle.
    expect(decideMaintenance(view({ phase: 'running' }, { session: 'connected' })).kind).toBe('look');
    expect(decideMaintenance(view({ phase: 'running' }, { phase: 'booting' })).kind).toBe('wait');
  });

  it('is ended after its time, and when somebody wants it', () => {
    const over = { phase: 'running', nowMs: 241 * MINUTE_MS } as const;
    expect(decideMaintenance(view(over))).toEqual({ kind: 'stop', reason: 'its time was over' });
    expect(decideMaintenance(view({ phase: 'running', stopped: true })).kind).toBe('stop');
    expect(decideMaintenance(view({ stopped: true }))).toMatchObject({ kind: 'end', outcome: 'stopped' });
    expect(decideMaintenance(view({ ...over, nowMs: 246 * MINUTE_MS }))).toMatchObject({
      kind: 'end',
      outcome: 'failed',
    });
    expect(decideMaintenance(view(over, { phase: 'off' }))).toMatchObject({ kind: 'end', outcome: 'failed' });
  });

  it('comes to an end, whatever happens', () => {
    const states = fc.record({
      phase: fc.constantFrom('planned', 'waking', 'starting', 'running'),
      asked: fc.boolean(),
      stopped: fc.boolean(),
      silentMs: fc.option(fc.nat(20 * MINUTE_MS), { nil: undefined }),
      switchesOn: fc.boolean(),
      machine: fc.option(
        fc.record({
          desired: fc.constantFrom('running', 'absent'),
          phase: fc.constantFrom('planned', 'booting', 'identifying', 'ready', 'stopping', 'off', 'failed'),
          power: fc.constantFrom('on', 'off'),
          reason: fc.constant(null),
          session: fc.constantFrom(undefined, 'waiting', 'connected', 'disconnected'),
        }),
        { nil: undefined },
      ),
    });
    fc.assert(
      fc.property(states, (state) => {
        const late = view({ ...(state as Partial<MaintenanceView>), nowMs: 246 * MINUTE_MS });
        expect(decideMaintenance(late).kind).toBe('end');
      }),
    );
  });
});

describe('a host', () => {
  const host = {
    name: 'one',
    load: { cpuBusy: 0.3, diskMs: 2 },
    startsMax: 4,
    starting: 0,
    maintained: 0,
    maintainedHere: 0,
    atATime: 2,
  };
  it('has so many at a time, and fewer while people suffer or machines start', () => {
    expect(whyNotNow(host)).toBeUndefined();
    expect(whyNotNow({ ...host, load: undefined })).toBeUndefined();
    expect(whyNotNow({ ...host, maintained: 2, maintainedHere: 2 })).toBe(
      '2 others are maintained on one now, 2 may be at a time',
    );
    expect(whyNotNow({ ...host, load: { cpuBusy: 0.9, diskMs: 30 } })).toBe(
      'gives way to who works on one: its processors are 90 % busy, a disk request takes 30 ms',
    );
    expect(whyNotNow({ ...host, starting: 1, maintained: 1 })).toMatch(
      /^one has no room for it: 1 start and 1 are/,
    );
    expect(whyNotNow({ ...host, startsMax: 2, starting: 1 })).toMatch(/no room/);
  });
});

describe('the word of a guest', () => {
  const item = {
    name: '20-updates',
    outcome: 'done',
    exitCode: 0,
    seconds: 3,
    detail: 'nothing new',
  } as const;
  it('is taken as it is where it is known, and is a fault where it is not', () => {
    const told = { state: 'over', items: [item] };
    expect(answerOf({ exitCode: 0, stdout: JSON.stringify(told) })).toEqual({ kind: 'told', ...told });
    expect(answerOf({ exitCode: 127, stdout: '' })).toEqual({ kind: 'cannot', reason: NO_PROGRAM });
    expect(answerOf({ exitCode: 1, stdout: '{"error":"no systemd"}' })).toEqual({
      kind: 'fault',
      reason: 'no systemd',
    });
    for (const stdout of ['', 'x', '[]', '{"state":"fine","items":[]}', '{"state":"over","items":[{}]}'])
      expect(answerOf({ exitCode: 0, stdout }).kind).toBe('fault');
  });

  it('is summed up by what went wrong', () => {
    expect(outcomeOf([item, { ...item, outcome: 'skipped' }])).toEqual({ outcome: 'done', reason: null });
    expect(outcomeOf([item, { ...item, name: 'scan', outcome: 'cut' }])).toEqual({
      outcome: 'stopped',
      reason: 'its time was over in scan',
    });
    const broken = { ...item, outcome: 'failed', exitCode: 100, detail: 'no mirror answers' } as const;
    expect(outcomeOf([broken, item])).toEqual({ outcome: 'failed', reason: '20-updates: no mirror answers' });
  });
});
