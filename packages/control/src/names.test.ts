import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  goldenVolume,
  machineDisk,
  macAddress,
  networkName,
  templateDisk,
  templateMemory,
  volumeOwner,
} from './names.ts';

describe('names of what we create', () => {
  it('tell which row a volume belongs to', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(volumeOwner(goldenVolume(id))).toEqual({ kind: 'image', id });
        expect(volumeOwner(templateDisk(id))).toEqual({ kind: 'template', id });
        expect(volumeOwner(templateMemory(id))).toEqual({ kind: 'template', id });
        expect(volumeOwner(machineDisk(id))).toEqual({ kind: 'machine', id });
      }),
    );
  });

  it('do not claim files of others', () => {
    for (const name of ['debian.iso', 'machine-.qcow2', 'machine-1.qcow2.bak', 'probe-x.img']) {
      expect(volumeOwner(name)).toBeUndefined();
    }
  });

  it('fit a bridge’s name, and make addresses that are unicast and locally administered', () => {
    expect(networkName('0'.repeat(36)).length).toBeLessThanOrEqual(15);
    const mac = macAddress(Uint8Array.from([0, 255, 16]));
    expect(mac).toBe('52:54:00:00:ff:10');
    expect(Number.parseInt(mac.slice(0, 2), 16) & 3).toBe(2);
  });
});
