import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cursorOf, valuesOf } from './cursor.ts';

const mac = (purpose: string, text: Buffer): Buffer => createHmac('sha256', purpose).update(text).digest();

it('a cursor says where its page ended, whatever is there', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string({ unit: 'binary' })), (asked, values) => {
      const whole = JSON.parse(JSON.stringify(values)) as string[];
      expect(valuesOf(mac, asked, cursorOf(mac, asked, whole))).toEqual(
        JSON.parse(Buffer.from(JSON.stringify(whole)).toString()),
      );
    }),
  );
});

it('whatever else is given is no cursor, nor is one of another question or with another byte', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.nat(), fc.array(fc.string()), (given, asked, at, values) => {
      expect(valuesOf(mac, asked, given)).toBeUndefined();
      const cursor = cursorOf(mac, asked, values);
      expect(valuesOf(mac, `${asked}!`, cursor)).toBeUndefined();
      const place = at % cursor.indexOf('.');
      const other = cursor[place] === 'A' ? 'B' : 'A';
      const changed = `${cursor.slice(0, place)}${other}${cursor.slice(place + 1)}`;
      expect(valuesOf(mac, asked, changed)).toBeUndefined();
    }),
  );
});
