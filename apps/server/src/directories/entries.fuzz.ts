import type { LdapSettings } from '@orangery/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { groupOf, personAttributes, personOf, primaryGroupSid } from './entries.ts';
import { claimedOf } from './oidc.ts';
import { checkOf } from './passwords.ts';
import { schemaOf } from './schema.ts';

const schemas = (['ldap', 'activeDirectory'] as const).map((kind) =>
  schemaOf({ kind, loginAttributes: [], idAttribute: '' } as unknown as LdapSettings),
);
const value = fc.oneof(
  fc.string(),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);

it('whatever an entry holds, it is a person with all they need, or nobody', () => {
  const names = [...new Set(schemas.flatMap(personAttributes))];
  const entry = fc.dictionary(
    fc.oneof(fc.constantFrom(...names), fc.string()),
    fc.oneof(value, fc.array(value, { maxLength: 4 })),
  );
  fc.assert(
    fc.property(entry, fc.string(), fc.integer(), (attributes, dn, nowMs) => {
      const whole = { ...attributes, dn } as Parameters<typeof personOf>[0];
      for (const schema of schemas) {
        const person = personOf(whole, schema, nowMs);
        if (person !== undefined) {
          expect(person.id).not.toBe('');
          expect(person.name.length).toBeLessThanOrEqual(200);
          expect(person.name).not.toBe('');
          expect(person.place).toBe(dn);
        }
        expect(groupOf(whole, schema)?.id).not.toBe('');
      }
      primaryGroupSid(whole);
    }),
  );
});

it('whatever a provider claims, it is a person with all they need, or is refused', () => {
  const claims = fc.dictionary(
    fc.oneof(
      fc.constantFrom('sub', 'name', 'email', 'email_verified', 'groups', 'preferred_username'),
      fc.string(),
    ),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(claims, fc.oneof(fc.constantFrom('groups', ''), fc.string()), (claim, groupsClaim) => {
      try {
        const { person, groups } = claimedOf(claim, groupsClaim);
        expect(person.id).toBe(claim['sub']);
        expect(person.name).not.toBe('');
        expect(groups.every((group) => typeof group === 'string' && group !== '')).toBe(true);
        if (claim['email_verified'] === false) expect(person.email).toBeNull();
      } catch (error) {
        expect(error).toMatchObject({ code: 'providerRefused' });
      }
    }),
  );
});

it('what a server says of a password is one of four, or that it said nothing', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => checkOf(new Error(text.replaceAll('data', '')), 'server')).toThrow('did not say');
    }),
  );
});
