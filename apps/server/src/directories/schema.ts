import type { LdapSettings } from '@orangery/contract';

/** What a kind of directory calls things. */
export type Schema = {
  idAttribute: string;
  /** The id is 16 bytes of Microsoft's, not text. */
  idIsGuid: boolean;
  loginAttributes: readonly string[];
  people: string;
  groups: string;
  /** Entries name the groups that they are in by these of the group's attributes. */
  memberAttributes: readonly string[];
};

const LDAP: Schema = {
  idAttribute: 'entryUUID',
  idIsGuid: false,
  loginAttributes: ['uid', 'mail'],
  people: '(|(objectClass=person)(objectClass=posixAccount))',
  groups: '(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))',
  memberAttributes: ['member', 'uniqueMember'],
};

const ACTIVE_DIRECTORY: Schema = {
  idAttribute: 'objectGUID',
  idIsGuid: true,
  loginAttributes: ['sAMAccountName', 'userPrincipalName', 'mail'],
  people: '(&(objectCategory=person)(objectClass=user))',
  groups: '(objectCategory=group)',
  memberAttributes: ['member'],
};

export function schemaOf(settings: LdapSettings): Schema {
  const usual = settings.kind === 'activeDirectory' ? ACTIVE_DIRECTORY : LDAP;
  return {
    ...usual,
    ...(settings.loginAttributes.length === 0 ? {} : { loginAttributes: settings.loginAttributes }),
    ...(settings.idAttribute === ''
      ? {}
      : { idAttribute: settings.idAttribute, idIsGuid: /^objectguid$/i.test(settings.idAttribute) }),
  };
}
