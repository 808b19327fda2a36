import fc from 'fast-check';
import { AndFilter, BerReader, BerWriter, EqualityFilter, type Filter, FilterParser, OrFilter } from 'ldapts';
import { expect, it } from 'vitest';
import type { LdapSettings } from '@orangery/contract';
import {
  groupNameFilter,
  groupsOfFilter,
  idsFilter,
  loginFilter,
  parseFilter,
  peopleFilter,
} from './filters.ts';
import { guidToText, textToGuid } from './guid.ts';
import { schemaOf } from './schema.ts';

const schemas = (['ldap', 'activeDirectory'] as const).map((kind) =>
  schemaOf({ kind, loginAttributes: [], idAttribute: '' } as unknown as LdapSettings),
);
/** Signs that mean something in filters and names, among all others. */
const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '(',
      ')',
      '*',
      '\\',
      '&',
      '|',
      '!',
      '=',
      '<',
      '>',
      '~',
      ':',
      ',',
      '+',
      '"',
      '#',
      '\0',
      ' ',
      'a',
    ),
    fc.string({ unit: 'grapheme', maxLength: 1 }),
  ),
  maxLength: 60,
});

/** What a server reads of a filter: its shape, with the values taken out. */
function read(filter: Filter): { shape: string; values: string[] } {
  const writer = new BerWriter();
  filter.write(writer);
  const values: string[] = [];
  const shape = walk(writer.buffer, values);
  return { shape, values };
}

/** Tags and nesting of BER; the bytes of primitives are values. */
function walk(bytes: Buffer, values: string[]): string {
  let out = '';
  const reader = new BerReader(bytes);
  while (reader.remain > 0) {
    const tag = reader.peek() ?? 0;
    const isConstructed = (tag & 0x20) !== 0;
    const content = reader.readString(tag, true) ?? Buffer.alloc(0);
    if (isConstructed) out += `${tag.toString(16)}(${walk(content, values)})`;
    else {
      values.push(content.toString('utf8'));
      out += `${tag.toString(16)} `;
    }
  }
  return out;
}

it('whatever is typed is one value of a filter, and changes nothing of its shape', () => {
  fc.assert(
    fc.property(nasty, nasty, (typed, place) => {
      for (const schema of schemas) {
        const login = schema.idIsGuid ? typed.slice(typed.lastIndexOf('\\') + 1) : typed;
        const [plain, made] = [read(loginFilter(schema, 'ada')), read(loginFilter(schema, typed))];
        expect(made.shape).toBe(plain.shape);
        expect(made.values.filter((_, at) => at % 2 === 1)).toEqual(
          schema.loginAttributes.map(() => login.toWellFormed()),
        );
        expect(read(groupsOfFilter(schema, [place], typed)).shape).toBe(
          read(groupsOfFilter(schema, ['x'], 'y')).shape,
        );
        if (typed !== '')
          expect(read(groupNameFilter(schema, typed)).shape).toBe(read(groupNameFilter(schema, 'x')).shape);
      }
    }),
  );
});

it('an id is a value, or nothing is asked for', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(nasty, fc.uuid()), { maxLength: 5 }), (ids) => {
      for (const schema of schemas) {
        const filter = idsFilter(schema, ids);
        const fit = schema.idIsGuid ? ids.filter((id) => textToGuid(id) !== undefined) : ids;
        if (fit.length === 0) expect(filter).toBeUndefined();
        else expect(read(filter!).values).toHaveLength(2 * fit.length);
      }
    }),
  );
});

it('a GUID is the same after there and back', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.uint8Array({ minLength: 16, maxLength: 16 }), (text, bytes) => {
      expect(guidToText(textToGuid(text)!)).toBe(text.toLowerCase());
      expect(textToGuid(guidToText(Buffer.from(bytes))!)).toEqual(Buffer.from(bytes));
    }),
  );
  fc.assert(fc.property(nasty, (text) => textToGuid(text) === undefined));
});

it('a filter of an administrator’s is one, or is refused', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      if (text === '') return;
      let parsed: Filter;
      try {
        parsed = parseFilter(text);
      } catch {
        expect(() => peopleFilter(schemas[0]!, text)).toThrow();
        return;
      }
      const whole = peopleFilter(schemas[0]!, text);
      expect(whole).toBeInstanceOf(AndFilter);
      expect(read(whole).values.slice(-read(parsed).values.length)).toEqual(read(parsed).values);
    }),
  );
});

it('this test can fail: a filter made of text has another shape', () => {
  const typed = 'ada)(uid=*';
  const text = FilterParser.parseString(`(|(uid=${typed}))`);
  const tree = new OrFilter({ filters: [new EqualityFilter({ attribute: 'uid', value: typed })] });
  expect(read(text).shape).not.toBe(read(tree).shape);
});
