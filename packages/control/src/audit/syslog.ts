import type { AuditContent } from './chain.ts';

/** "log audit" (RFC 5424, table 1). */
const FACILITY = 13;
const NOTICE = 5;
const WARNING = 4;
/** A datagram holds no more; over a connection there is no limit, and none is needed. */
const MESSAGE_BYTES_MAX = 60_000;

export type Exported = AuditContent & { hash: string };

/** An event as a syslog message (RFC 5424): the whole event as JSON. */
export function syslogMessage(event: Exported, host: string): Buffer {
  const priority = FACILITY * 8 + (event.outcome === 'refused' ? WARNING : NOTICE);
  const head = `<${priority}>1 ${event.at} ${printable(host, 255)} orangery - ${printable(event.action, 32)} - `;
  const whole = Buffer.from(`${head}\uFEFF${JSON.stringify(event)}`);
  if (whole.length <= MESSAGE_BYTES_MAX) return whole;
  return Buffer.from(`${head}\uFEFF${JSON.stringify({ ...event, detail: 'left out: too long' })}`);
}

/** Octet counting (RFC 6587, section 3.4.1): over a connection each message says its length. */
export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

/** PRINTUSASCII of RFC 5424, section 6; "-" is none. */
function printable(text: string, lengthMax: number): string {
  const clean = text.replaceAll(/[^!-~]/g, '').slice(0, lengthMax);
  return clean === '' ? '-' : clean;
}
