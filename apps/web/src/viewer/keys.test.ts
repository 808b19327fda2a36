import { expect, test } from 'vitest';
import { ChordWatcher, strokesOf } from './keys.ts';

test('a text becomes the keys that type it', () => {
  expect(strokesOf('a#\r\n\tB')).toEqual({
    strokes: [
      { keysym: 0x61, shift: false },
      { keysym: 0x23, shift: true },
      { keysym: 0xff0d, shift: false },
      { keysym: 0xff09, shift: false },
      { keysym: 0x42, shift: true },
    ],
    left: '',
  });
});

test('what no key types is said', () => {
  const { strokes, left } = strokesOf('aé€\u0007');
  expect(strokes).toHaveLength(1);
  expect(left).toBe('é€\u0007');
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
