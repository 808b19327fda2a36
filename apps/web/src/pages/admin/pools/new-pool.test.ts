import { poolInput } from '@orangery/contract';
import { describe, expect, test } from 'vitest';
import { newPoolRules, poolOf, startingForm } from './new-pool.ts';

const form = { ...startingForm('debian-xfce'), title: ' Office ', name: 'office' };

describe('a new pool’s form', () => {
  test('is complete with an image, a title and a name', () => {
    expect(poolInput.parse(poolOf(form))).toMatchObject({
      title: 'Office',
      kind: 'pooled',
      cpus: 2,
      memoryMib: 2_048,
      readyCount: 1,
      profileGib: null,
    });
  });

  test('sends files that follow people only where machines are thrown away', () => {
    const follows = { ...form, follows: true, profileGib: 20 };
    expect(poolOf(follows).profileGib).toBe(20);
    const own = poolOf({ ...follows, kind: 'persistent' });
    expect(own.profileGib).toBeUndefined();
    expect(poolInput.parse(own)).toMatchObject({ machineName: '{person}-{random}', diskKind: 'linked' });
    const copied = poolOf({ ...form, kind: 'persistent', diskKind: 'full' });
    expect(copied.diskKind).toBe('full');
    expect(poolOf({ ...form, diskKind: 'full' }).diskKind).toBeUndefined();
  });

  test('takes numbers where a size of one’s own is chosen', () => {
    expect(poolOf({ ...form, size: 'own', cpus: 3, memoryMib: 1_536 })).toMatchObject({
      cpus: 3,
      memoryMib: 1_536,
    });
  });

  test('does not keep more ready than there may be', () => {
    expect(newPoolRules.readyCount(11, form)).toMatch(/More than/);
    expect(newPoolRules.readyCount(11, { ...form, kind: 'persistent' })).toBeNull();
  });
});
