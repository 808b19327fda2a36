import { describe, expect, it } from 'vitest';
import { decidePlacement, placeMachines } from './policy.ts';

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

  it('spreads many as if each were placed after the one before', () => {
    const { places, reason } = placeMachines([host('a', 3), host('b', 1), host('c', 0, false)], 6);
    expect(places.map(({ hostId }) => hostId)).toEqual(['b', 'b', 'a', 'b', 'a', 'b']);
    expect(reason).toBeUndefined();
  });

  it('of many says why there is none, and makes none', () => {
    expect(placeMachines([host('a', 0, false)], 3)).toEqual({
      places: [],
      reason: 'none of 1 hosts with this template is ready',
    });
  });
});
