import { expect, test } from 'vitest';
import { ChordWatcher, keysymsOf } from './keys.ts';

test('a text becomes the keys that type it', () => {
  expect(keysymsOf('a é\r\n\t€\u0007')).toEqual([0x61, 0x20, 0xe9, 0xff0d, 0xff09, 0x01_00_20_ac]);
});

const press = (watcher: ChordWatcher, ...keys: string[]): boolean => {
  for (const key of keys) watcher.key('keydown', key);
  return keys.map((key) => watcher.key('keyup', key)).some(Boolean);
};

test('Ctrl, Alt and Shift together open the tools', () => {
  expect(press(new ChordWatcher(), 'Control', 'Alt', 'Shift')).toBe(true);
  expect(press(new ChordWatcher(), 'Control', 'Shift', 'Meta')).toBe(true);
});

test('a shortcut of the desktop does not', () => {
  const watcher = new ChordWatcher();
  expect(press(watcher, 'Control', 'Alt', 'Shift', 'k')).toBe(false);
  expect(press(watcher, 'Control', 'Alt')).toBe(false);
  expect(press(watcher, 'Control', 'Alt', 'Shift')).toBe(true);
});
