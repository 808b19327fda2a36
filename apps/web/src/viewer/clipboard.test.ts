import { expect, test } from 'vitest';
import { CLIPBOARD_BYTES_MAX, type ClipboardPorts, ClipboardSync } from './clipboard.ts';

function start(change: Partial<ClipboardPorts> = {}): {
  sync: ClipboardSync;
  sent: string[];
  browser: { text: string; focus: boolean };
} {
  const sent: string[] = [];
  const browser = { text: '', focus: true };
  const sync = new ClipboardSync({
    read: () => Promise.resolve(browser.text),
    write: (text) => {
      browser.text = text;
      return Promise.resolve();
    },
    mayRead: () => Promise.resolve(true),
    hasFocus: () => browser.focus,
    send: (text) => void sent.push(text),
    show: () => {},
    ...change,
  });
  return { sync, sent, browser };
}

test('what was copied in the browser goes to the machine once', async () => {
  const { sync, sent, browser } = start();
  browser.text = 'hello';
  await sync.focused();
  await sync.focused();
  expect(sent).toEqual(['hello']);
});

test('what came from the machine is in the browser and does not go back', async () => {
  const { sync, sent, browser } = start();
  await sync.receive('from the desktop');
  await sync.focused();
  expect(browser.text).toBe('from the desktop');
  expect(sent).toEqual([]);
});

test('what came while the page had no focus is written when it has it', async () => {
  const { sync, browser } = start();
  browser.focus = false;
  await sync.receive('later');
  expect(browser.text).toBe('');
  browser.focus = true;
  await sync.focused();
  expect(browser.text).toBe('later');
});

test('a new line is given what the machine had from the browser, and not what came from itself', async () => {
  const { sync, sent, browser } = start();
  sync.connected();
  browser.text = 'hello';
  await sync.focused();
  sync.connected();
  await sync.focused();
  expect(sent).toEqual(['hello', 'hello']);
  await sync.receive('from the desktop');
  sync.connected();
  await sync.focused();
  expect(sent).toEqual(['hello', 'hello']);
});

test('nobody is asked for a permission on focus', async () => {
  const { sync, sent, browser } = start({ mayRead: () => Promise.resolve(false) });
  browser.text = 'private';
  await sync.focused();
  expect(sent).toEqual([]);
});

test('a text that is too large stays here', () => {
  const { sync, sent } = start();
  expect(sync.send('ä'.repeat(CLIPBOARD_BYTES_MAX / 2 + 1))).toEqual({
    kind: 'tooLarge',
    bytes: CLIPBOARD_BYTES_MAX + 2,
  });
  expect(sent).toEqual([]);
});
