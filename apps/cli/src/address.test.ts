import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from './address.ts';

describe('the address of a host', () => {
  it('is a user, a name or address, and a port', () => {
    expect(parseAddress('orangery@host.example.org')).toEqual({
      user: 'orangery',
      host: 'host.example.org',
      port: 22,
    });
    expect(parseAddress('o@192.0.2.7:2222')).toEqual({ user: 'o', host: '192.0.2.7', port: 2222 });
    expect(parseAddress('o@[2001:db8::1]:23')).toEqual({ user: 'o', host: '2001:db8::1', port: 23 });
  });

  it('refuses anything else with an example', () => {
    for (const text of ['host', 'o@', 'o@h:0', 'o@h:70000', 'o@h;rm', '-o@h', 'o@h:22:22']) {
      expect(() => parseAddress(text)).toThrow('an address like');
    }
  });

  it('never accepts what a shell or ssh could take for an option', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          const { user, host } = parseAddress(text);
          expect(`${user}${host}`).not.toMatch(/[\s;'"$`\\]/);
          expect(user.startsWith('-')).toBe(false);
        } catch (error) {
          expect(String(error)).toContain('an address like');
        }
      }),
    );
  });
});
