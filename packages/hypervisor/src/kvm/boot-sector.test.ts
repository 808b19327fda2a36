import { expect, test } from 'vitest';
import { bootSectorDisk } from './boot-sector.ts';

test('the probe’s disk boots: one megabyte, its code before the partition table’s end, and the mark of a boot sector', () => {
  const disk = bootSectorDisk();
  expect(disk.length).toBe(1 << 20);
  expect([disk[510], disk[511]]).toEqual([0x55, 0xaa]);
  const last = disk.subarray(0, 510).findLastIndex((byte) => byte !== 0);
  expect(last).toBeGreaterThan(100);
  expect(last).toBeLessThan(510);
  expect(disk.subarray(512).every((byte) => byte === 0)).toBe(true);
});
