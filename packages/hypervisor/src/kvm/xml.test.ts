import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { markElement, markOf } from './mark.ts';
import { attribute, buildXml, childrenOf, element, find, parseXml, root, setText, textOf } from './xml.ts';

/** Characters that XML 1.0 can carry; white space at the ends of a text is not kept. */
const legal = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
  // eslint-disable-next-line no-control-regex
  .map((text) => text.replaceAll(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, '').trim())
  .filter((text) => text !== '');

describe('XML', () => {
  test('text and attributes survive being written and read', () => {
    fc.assert(
      fc.property(legal, legal, (text, value) => {
        const node = root(buildXml([element('a', { b: value }, [text])]), 'a');
        expect(textOf(node)).toBe(text);
        expect(attribute(node, 'b')).toBe(value);
      }),
      {
        examples: [
          ['&amp;', '&lt;'],
          ['<>"\'&', '<>"\'&'],
          [']]>', '&#10;'],
          ['001', '1e3'],
          ['true', 'null'],
        ],
      },
    );
  });

  test('elements keep their order, and text its place', () => {
    const text = '<a><b x="1"/><c>two</c><b x="3"/></a>';
    expect(buildXml(parseXml(text))).toBe(text);
    const a = root(text, 'a');
    expect(childrenOf(a, 'b').map((each) => attribute(each, 'x'))).toEqual(['1', '3']);
    expect(textOf(find(a, 'c'))).toBe('two');
    expect(find(a, 'c', 'none')).toBeUndefined();
    expect(find(undefined, 'a')).toBeUndefined();
  });

  test('entities by number are read as their characters', () => {
    expect(textOf(root('<a>x&#38;y&#x3c;</a>', 'a'))).toBe('x&y<');
  });

  test('setText replaces what was there', () => {
    const a = root('<a>old<b/></a>', 'a');
    setText(a, 'new & better');
    expect(buildXml([a])).toBe('<a>new &amp; better</a>');
  });

  test('entities that expand without end do not', () => {
    const bomb = `<!DOCTYPE a [<!ENTITY x "${'y'.repeat(1000)}"><!ENTITY z "${'&x;'.repeat(1000)}">]><a>${'&z;'.repeat(1000)}</a>`;
    let length = 0;
    try {
      length = textOf(root(bomb, 'a')).length;
    } catch {
      // Refused: as good.
    }
    expect(length).toBeLessThan(10_000_000);
  });

  test('another document than expected is an error', () => {
    expect(() => root('<network/>', 'domain')).toThrow(/without the element <domain>/);
    expect(() => root('', 'domain')).toThrow(/without the element/);
  });
});

describe('a mark', () => {
  test('survives being written and read', () => {
    const ids = fc.oneof(fc.uuid(), legal);
    const kinds = fc.constantFrom('machine', 'template', 'network', 'probe');
    fc.assert(
      fc.property(ids, fc.nat(), kinds, ids, (installationId, generation, kind, rowId) => {
        const mark = { installationId, generation, kind, rowId } as const;
        const text = buildXml([element('domain', {}, [element('metadata', {}, [markElement(mark)])])]);
        expect(markOf(root(text, 'domain'))).toEqual(mark);
      }),
    );
  });

  test('counts by its namespace, whatever the prefix', () => {
    const domain = (inner: string) => root(`<domain><metadata>${inner}</metadata></domain>`, 'domain');
    const rest = `installation="i" generation="1" kind="machine" row="r"`;
    expect(markOf(domain(`<o:mark xmlns:o="urn:orangery:mark:1" ${rest}/>`))).toBeDefined();
    expect(markOf(domain(`<mark xmlns="urn:orangery:mark:1" ${rest}/>`))).toBeDefined();
    expect(markOf(domain(`<orangery:mark xmlns:orangery="urn:other" ${rest}/>`))).toBeUndefined();
    expect(markOf(domain(`<mark ${rest}/>`))).toBeUndefined();
  });

  test('that is not whole is none', () => {
    const domain = (attributes: string) =>
      root(
        `<domain><metadata><m:mark xmlns:m="urn:orangery:mark:1" ${attributes}/></metadata></domain>`,
        'domain',
      );
    for (const attributes of [
      '',
      'installation="i" generation="1" kind="machine"',
      'installation="i" generation="one" kind="machine" row="r"',
      'installation="i" kind="machine" row="r"',
      'installation="i" generation="1" kind="other" row="r"',
      'generation="1" kind="machine" row="r"',
    ])
      expect(markOf(domain(attributes)), attributes).toBeUndefined();
    expect(markOf(root('<domain/>', 'domain'))).toBeUndefined();
  });
});
