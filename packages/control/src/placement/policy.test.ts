import { describe, expect, it } from 'vitest';
import { decidePlacement } from './policy.ts';

const host = (name: string, machines: number, ready = true) => ({
  hostId: name,
  name,
  ready,
  machines,
  templateId: `t-${name}`,
});

describe('placement', () => {
  it('takes the ready host with the fewest machines and says why', () => {
    expect(decidePlacement([host('a', 3), host('b', 1), host('c', 0, false)])).toEqual({
      kind: 'host',
      hostId: 'b',
      templateId: 't-b',
      reason: 'b has the fewest machines (1) of 2 ready hosts',
    });
  });

  it('says why there is none', () => {
    expect(decidePlacement([host('a', 0, false)])).toMatchObject({ kind: 'none' });
  });
});
