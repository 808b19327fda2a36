import { describe, expect, it } from 'vitest';
import { pairUp } from './serve.ts';

const person = (id: string, home: string | null = null) => ({ id, home });
const machine = (id: string, host_id: string) => ({ id, host_id });
const names = (
  pairs: ReturnType<typeof pairUp<{ id: string; home: string | null }, { id: string; host_id: string }>>,
) => pairs.map(([waiting, free]) => `${waiting.id} ${free.id}`);

describe('those who wait', () => {
  it('get machines in their order, as far as there are any', () => {
    const free = [machine('m1', 'a'), machine('m2', 'b')];
    expect(names(pairUp([person('p1'), person('p2'), person('p3')], free))).toEqual(['p1 m1', 'p2 m2']);
    expect(pairUp([person('p1')], [])).toEqual([]);
    expect(pairUp([], free)).toEqual([]);
  });

  it('get one where their files are, and keep nobody from those elsewhere', () => {
    const free = [machine('m1', 'a'), machine('m2', 'b'), machine('m3', 'b')];
    const waiting = [person('p1', 'b'), person('p2', 'c'), person('p3'), person('p4')];
    expect(names(pairUp(waiting, free))).toEqual(['p1 m2', 'p3 m1', 'p4 m3']);
  });
});
