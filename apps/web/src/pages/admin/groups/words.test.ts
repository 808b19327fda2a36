import { expect, it } from 'vitest';
import { lossOf, notDeleted, notHere } from './words.ts';

it('tells what a person loses, and what of it is open', () => {
  const desktops = [
    { title: 'Office', session: 'connected' as const },
    { title: 'Lab', session: null },
  ];
  expect(lossOf({ desktops, applications: ['Browser'] })).toBe('Office (open now), Lab and Browser');
});

it('leaves groups of a directory to the directory', () => {
  expect([notHere('local'), notDeleted('local')]).toEqual([undefined, undefined]);
  expect(notDeleted('ad-example-org')).toContain('take it out');
  expect(notHere('ad-example-org')).toContain('ad-example-org');
});
