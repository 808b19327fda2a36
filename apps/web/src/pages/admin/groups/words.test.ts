import { expect, it } from 'vitest';
import { lossOf, notHere } from './words.ts';

it('tells what a person loses, and what of it is open', () => {
  const desktops = [
    { title: 'Office', session: 'connected' as const },
    { title: 'Lab', session: null },
  ];
  expect(lossOf({ desktops, applications: ['Browser'] })).toBe('Office (open now), Lab and Browser');
});

it('leaves groups of a directory to the directory', () => {
  expect(notHere('local')).toBeUndefined();
  expect(notHere('ad-example-org')).toContain('ad-example-org');
});
