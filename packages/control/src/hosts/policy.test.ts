import { describe, expect, it } from 'vitest';
import type { ObservedMachine } from '@orangery/hypervisor';
import { decideQuarantine } from './policy.ts';

const ours = '11111111-1111-4111-8111-111111111111';
const machine = (
  id: string,
  installationId: string | undefined,
  kind: 'machine' | 'probe' = 'machine',
): ObservedMachine => ({
  id,
  name: `name-${id}`,
  state: 'running',
  mark: installationId === undefined ? undefined : { installationId, generation: 1, kind, rowId: id },
});
const found = (machines: ObservedMachine[], volumes: { name: string; owner: string | undefined }[] = []) =>
  decideQuarantine({ installationId: ours, machines, volumes, known: new Set(['known']) });

describe('quarantine', () => {
  it('shows what bears our mark and has no row', () => {
    expect(found([machine('lost', ours)])).toEqual([{ kind: 'machine', name: 'name-lost' }]);
    expect(found([], [{ name: 'machine-lost.qcow2', owner: 'lost' }])).toEqual([
      { kind: 'volume', name: 'machine-lost.qcow2' },
    ]);
  });

  it('leaves out what has a row, what is unmarked, what is another installation’s, and probes', () => {
    expect(
      found(
        [machine('known', ours), machine('a', undefined), machine('b', 'other'), machine('c', ours, 'probe')],
        [
          { name: 'machine-known.qcow2', owner: 'known' },
          { name: 'somebody.iso', owner: undefined },
        ],
      ),
    ).toEqual([]);
  });
});
