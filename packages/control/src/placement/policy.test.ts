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

  it('puts machines where those who may come have their files, and a few where nobody has', () => {
    const home = (name: string, machines: number, people: number, free = 0) => ({
      ...host(name, machines),
      homes: { people, free },
    });
    const of = (...hosts: ReturnType<typeof home>[]): string =>
      placeMachines(hosts, 12)
        .places.map(({ hostId }) => hostId)
        .toSorted()
        .join('');
    expect(of(home('a', 50, 100), home('b', 0, 0))).toBe('aaaaaaaaaaab');
    expect(of(home('a', 50, 60), home('b', 0, 30))).toBe('aaaaaaaabbbb');
    expect(of(home('a', 0, 60, 12), home('b', 0, 60))).toBe('bbbbbbbbbbbb');
    // While nobody has any files yet, as ever.
    expect(of(home('a', 6, 0), home('b', 0, 0))).toBe('aaaaaabbbbbb');
    expect(decidePlacement([home('a', 50, 100, 1), home('b', 0, 0)])).toMatchObject({
      reason: 'a keeps the files of 100 people, and 1 machines wait there',
    });
  });
});
