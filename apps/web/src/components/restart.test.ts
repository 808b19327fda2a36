import { expect, test } from 'vitest';
import { hardWords, restartWords } from './restart.ts';

test('a restart says what is kept and what is lost, for each kind of machine', () => {
  expect(restartWords({ own: true, profile: false })).toMatchObject({
    kept: expect.stringContaining('saved on the machine') as string,
    does: expect.not.stringContaining('thrown away') as string,
  });
  expect(restartWords({ own: false, profile: true }).kept).toContain('saved files');
  expect(restartWords({ own: false, profile: false })).toMatchObject({
    kept: 'Nothing of this machine.',
    lost: expect.stringContaining('everything') as string,
  });
});

test('the harder way says what is different', () => {
  expect(hardWords({ own: true, profile: false })).toContain('switched off');
  expect(hardWords({ own: false, profile: true })).toContain('checked');
});
