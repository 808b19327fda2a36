import { OrangeryError } from '@orangery/std';
import type { Api } from './api.ts';

export type DirectorySettings = Parameters<Api['directories']['create']>[0]['settings'];
export type DirectoryOptions = {
  kind: 'ad' | 'ldap' | 'oidc';
  server?: string[];
  security: 'ldaps' | 'starttls' | 'none';
  account?: string;
  base?: string;
  groupBase?: string;
  filter?: string;
  guesses?: string;
  guessesMinutes?: string;
  change?: boolean;
  reset?: boolean;
  issuer?: string;
  client?: string;
  groupsClaim?: string;
};

const PORTS = { ldaps: 636, starttls: 389, none: 389 } as const;
const SERVER = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/;

/** What the options of the command line say of a directory; `ca`: an authority as PEM. Throws `badOption` for what is missing. */
export function settingsOf(options: DirectoryOptions, ca: string): DirectorySettings {
  const need = (name: 'account' | 'base' | 'issuer' | 'client'): string => {
    const value = options[name];
    if (value === undefined) throw missing(`--${name}`, options.kind);
    return value;
  };
  if (options.kind === 'oidc') {
    return {
      kind: 'openIdConnect',
      issuer: need('issuer'),
      clientId: need('client'),
      ca,
      ...(options.groupsClaim === undefined ? {} : { groupsClaim: options.groupsClaim }),
    };
  }
  if (options.server === undefined) throw missing('--server', options.kind);
  return {
    kind: options.kind === 'ad' ? 'activeDirectory' : 'ldap',
    servers: options.server.map((text) => serverOf(text, PORTS[options.security])),
    security: options.security,
    bindDn: need('account'),
    base: need('base'),
    groupBase: options.groupBase ?? '',
    peopleFilter: options.filter ?? '',
    guesses: { max: Number(options.guesses ?? 4), windowMinutes: Number(options.guessesMinutes ?? 30) },
    passwords: { change: options.change ?? false, reset: options.reset ?? false },
    ca,
  };
}

function serverOf(text: string, usual: number): { host: string; port: number } {
  const [, bracketed, name, port] = SERVER.exec(text) ?? [];
  const host = bracketed ?? name;
  if (host === undefined)
    throw new OrangeryError('badOption', `"${text}" is no server`, {
      fix: 'As in --server dc1.example.org, dc1.example.org:3269 or [fd00::1]:636',
    });
  return { host, port: port === undefined ? usual : Number(port) };
}

const missing = (option: string, kind: string): OrangeryError =>
  new OrangeryError('badOption', `A directory of the kind ${kind} needs ${option}`, {
    fix: 'See ./orangery directory add --help, and docs/directories.md',
  });
