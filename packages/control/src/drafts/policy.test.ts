import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideDraft, type DraftView, SHUTDOWN_MS_MAX } from './policy.ts';

const AGENT_MS = 60_000;
const open: DraftView = {
  desired: 'open',
  phase: 'open',
  phaseMs: 0,
  stopped: false,
  finished: false,
  sealed: false,
  domain: 'running',
  diskExists: true,
  agentAnswers: false,
};
const act = (changes: Partial<DraftView>): string => decideDraft({ ...open, ...changes }, AGENT_MS).kind;

describe('a version that somebody changes', () => {
  it('gets a disk, a machine, and is open then', () => {
    expect(act({ phase: 'planned', domain: undefined, diskExists: false })).toBe('prepare');
    expect(act({ phase: 'copying', domain: undefined })).toBe('start');
    expect(act({ phase: 'starting' })).toBe('markOpen');
    expect(act({})).toBe('rest');
  });

  it('is started again when it was shut down from within', () => {
    expect(act({ domain: undefined })).toBe('start');
    expect(act({ domain: undefined, desired: 'published' })).toBe('start');
  });

  it('is sealed by its guest agent, shut down, and published when its machine is gone', () => {
    const published = { desired: 'published' } as const;
    expect(act({ ...published })).toBe('wait');
    expect(act({ ...published, agentAnswers: true })).toBe('seal');
    expect(act({ ...published, sealed: true })).toBe('shutdown');
    expect(act({ ...published, sealed: true, phase: 'stopping' })).toBe('shutdown');
    expect(act({ ...published, sealed: true, phase: 'stopping', phaseMs: SHUTDOWN_MS_MAX + 1 })).toBe(
      'destroy',
    );
    expect(act({ ...published, sealed: true, domain: undefined })).toBe('publish');
    expect(act({ ...published, sealed: true, finished: true, domain: undefined })).toBe('clear');
  });

  it('goes back to its author, who is told what is missing, when no agent answers', () => {
    const late = { ...open, desired: 'published', phase: 'sealing', phaseMs: AGENT_MS + 1 } as const;
    expect(decideDraft(late, AGENT_MS)).toMatchObject({
      kind: 'reopen',
      reason: expect.stringContaining('qemu-guest-agent') as string,
    });
  });

  it('is off while the installation is', () => {
    expect(act({ stopped: true })).toBe('shutdown');
    expect(act({ stopped: true, domain: undefined })).toBe('markOff');
    expect(act({ stopped: true, domain: undefined, phase: 'off' })).toBe('rest');
    expect(act({ domain: undefined, phase: 'off' })).toBe('start');
  });

  it('is never copied while its machine may write, nor before it is sealed, nor cleared under its machine', () => {
    const view: fc.Arbitrary<DraftView> = fc.record({
      desired: fc.constantFrom('open', 'published', 'discarded'),
      phase: fc.constantFrom(
        'planned',
        'copying',
        'starting',
        'open',
        'sealing',
        'stopping',
        'off',
        'publishing',
      ),
      phaseMs: fc.nat(200_000),
      stopped: fc.boolean(),
      finished: fc.boolean(),
      sealed: fc.boolean(),
      domain: fc.constantFrom(undefined, 'running', 'paused', 'off'),
      diskExists: fc.boolean(),
      agentAnswers: fc.boolean(),
    });
    fc.assert(
      fc.property(view, (seen) => {
        const { kind } = decideDraft(seen, AGENT_MS);
        if (kind === 'publish') expect([seen.sealed, seen.domain]).toEqual([true, undefined]);
        if (kind === 'clear') {
          expect(seen.domain).toBeUndefined();
          expect(seen.finished || seen.desired === 'discarded').toBe(true);
        }
        // Once it is sealed nobody may start it: what it would write would be in the version.
        if (seen.sealed) expect(['start', 'markOpen', 'seal', 'prepare', 'reopen']).not.toContain(kind);
      }),
    );
  });
});
