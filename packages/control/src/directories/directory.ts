import type { LdapSettings } from '@orangery/contract';

/** Somebody as a directory has them now. */
export type DirectoryPerson = {
  /** Never changes, whatever they are called. */
  id: string;
  /** Where they are in the directory. */
  place: string;
  name: string;
  /** What they type as their name. */
  login: string;
  email: string | null;
  /** They may not sign in any more, or not now, by an administrator of the directory. */
  disabled: boolean;
};

export type DirectoryGroup = { id: string; name: string; place: string };

/** `lapsed`: it was right, and has to be replaced first. `refused`: the directory lets nobody in so, whatever is typed. */
export type PasswordCheck = 'right' | 'wrong' | 'lapsed' | 'refused';
/** `refused`: it was not taken, with why in the directory's words as far as they are fit to be told. */
export type PasswordChange = { kind: 'done' } | { kind: 'wrong' } | { kind: 'refused'; reason: string };

/** A connection to one server of a directory, by the account that looks. Throws `directoryUnreachable` when it fails. */
export type DirectoryConnection = {
  /** Who types this name; `several` where it is not one person's alone. */
  find(login: string): Promise<DirectoryPerson | 'several' | undefined>;
  /** Those of these that are there, in no order. */
  get(ids: readonly string[]): Promise<DirectoryPerson[]>;
  /** All that somebody is in, also through others. */
  groupsOf(person: DirectoryPerson): Promise<DirectoryGroup[]>;
  /** With the text in their name, by name; at most 100. */
  searchGroups(text: string): Promise<DirectoryGroup[]>;
  getGroup(id: string): Promise<DirectoryGroup | undefined>;
  /** Tries the password once, on a connection of its own. */
  check(person: DirectoryPerson, password: string): Promise<PasswordCheck>;
  /** As the person themselves. */
  changePassword(person: DirectoryPerson, old: string, password: string): Promise<PasswordChange>;
  /** As the account that looks; unlocks it, too. */
  setPassword(person: DirectoryPerson, password: string): Promise<PasswordChange>;
  unlock(person: DirectoryPerson): Promise<PasswordChange>;
  close(): Promise<void>;
};

/** Opens one to the first server that answers; the composition root gives the one that speaks LDAP. */
export type OpenDirectory = (settings: LdapSettings, secret: string) => Promise<DirectoryConnection>;
