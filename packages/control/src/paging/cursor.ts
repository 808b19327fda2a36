import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Context } from '../context.ts';

const PURPOSE = 'cursor';
const MAC_BYTES = 12;
const place = z.array(z.string());

const macOf = (mac: Context['mac'], asked: string, body: string): Buffer =>
  mac(PURPOSE, Buffer.from(JSON.stringify([asked, body]))).subarray(0, MAC_BYTES);

/**
 * Says where a page of this question ended. The MAC is no secret-keeping: it spares the database values that nobody was given.
 * `asked`: the question and its order.
 */
export function cursorOf(mac: Context['mac'], asked: string, values: readonly string[]): string {
  const body = Buffer.from(JSON.stringify(values)).toString('base64url');
  return `${body}.${macOf(mac, asked, body).toString('base64url')}`;
}

/** The last row's values of the page before; undefined: this is no cursor of this question. */
export function valuesOf(mac: Context['mac'], asked: string, cursor: string): string[] | undefined {
  const [body = '', seal = '', ...more] = cursor.split('.');
  const given = Buffer.from(seal, 'base64url');
  if (more.length > 0 || given.length !== MAC_BYTES || !timingSafeEqual(given, macOf(mac, asked, body)))
    return undefined;
  return place.parse(JSON.parse(Buffer.from(body, 'base64url').toString()));
}
