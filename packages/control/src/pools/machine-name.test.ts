import { expect, it } from 'vitest';
import { machineName } from './machine-name.ts';

const machineId = 'abcdef01-0000-4000-8000-000000000000';

it('fills in pool, person and digits of its own', () => {
  expect(machineName('{pool}-{random}', { pool: 'office', machineId })).toBe('office-abcdef');
  expect(machineName('pc-{person}-{random}', { pool: 'office', machineId, person: 'Zoë Müller' })).toBe(
    'pc-zoe-muller-abcdef',
  );
});

it('never gives two machines one name, and always a host name', () => {
  expect(machineName('{person}', { pool: 'office', machineId, person: 'Ada' })).toBe('ada-abcdef');
  expect(machineName('{person}-{random}', { pool: 'office', machineId, person: '李 明' })).toBe('abcdef');
  const long = machineName('{person}-{random}', { pool: 'x', machineId, person: 'n'.repeat(200) });
  expect(long.length).toBeLessThanOrEqual(60);
  expect(long).toMatch(/^n+-abcdef$/);
});
