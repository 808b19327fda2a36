import { expect, it } from 'vitest';
import { framed, syslogMessage } from './syslog.ts';

const event = {
  position: 7,
  at: '2026-01-02T03:04:05.678901Z',
  tenantId: null,
  principalId: null,
  actor: 'Zoë\nRoot',
  action: 'pool.update',
  subjectKind: 'pool',
  subjectId: 'p',
  outcome: 'done',
  why: 'administrator',
  client: null,
  detail: {},
  hash: 'ab',
};

it('is one message of RFC 5424, whatever names hold', () => {
  const text = syslogMessage(event, 'desk example').toString();
  const parts = /^<109>1 (\S+) deskexample orangery - pool\.update - \uFEFF(.*)$/.exec(text);
  expect(parts?.[1]).toBe(event.at);
  expect(JSON.parse(parts?.[2] ?? '')).toEqual(event);
  expect(text).not.toContain('\n');
  expect(syslogMessage({ ...event, outcome: 'refused' }, '').toString()).toMatch(/^<108>1 \S+ - orangery/);
});

it('fits a datagram, and says its length over a connection', () => {
  const long = syslogMessage({ ...event, detail: { text: 'x'.repeat(70_000) } }, 'h');
  expect(long.length).toBeLessThan(60_000);
  expect(long.toString()).toContain('left out');
  const message = syslogMessage(event, 'h');
  expect(framed(message).toString()).toBe(`${message.length} ${message.toString()}`);
});
