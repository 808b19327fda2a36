import { join } from 'node:path';
import { hostname, networkInterfaces } from 'node:os';
import { OrangeryError } from '@orangery/std';

export const roles = ['api', 'loops', 'gateway'] as const;
export type Role = (typeof roles)[number];

/** All that the server takes from its environment; nothing below this file reads it. */
export type Config = {
  /** Holds everything: keys, certificate, database, images, log. */
  stateFolder: string;
  databaseUrl: string;
  listen: { host: string; port: number };
  /** Where golden images are built and kept. */
  imagesFolder: string;
  /** Where machines' disks lie on this machine. */
  storageFolder: string;
  /** Names and addresses that the certificate is made for. */
  names: string[];
  roles: ReadonlySet<Role>;
  /** Recipes to offer; undefined: those that are there already, or the first. */
  recipes: string[] | undefined;
  /** Starts only to take away all that is on the hosts. */
  purge: boolean;
  /** For the crash test: names the step at which this process sends itself a signal. */
  crashFile: string | undefined;
  /** How long a template's guest may take to come to rest. */
  bootTimeoutMs: number;
  logLevel: string;
};

export function readConfig(env: NodeJS.ProcessEnv): Config {
  const stateFolder = required(env, 'ORANGERY_STATE');
  return {
    stateFolder,
    databaseUrl: required(env, 'DATABASE_URL'),
    listen: { host: env['ORANGERY_LISTEN'] ?? '::', port: port(env['ORANGERY_PORT'] ?? '8443') },
    imagesFolder: env['ORANGERY_IMAGES'] ?? join(stateFolder, 'images'),
    storageFolder: env['ORANGERY_STORAGE'] ?? join(stateFolder, 'storage'),
    names: certificateNames(env['ORANGERY_NAMES']),
    roles: readRoles(env['ORANGERY_ROLES']),
    recipes: env['ORANGERY_RECIPES'] === undefined ? undefined : list(env['ORANGERY_RECIPES']),
    purge: env['ORANGERY_PURGE'] === '1',
    crashFile: env['ORANGERY_CRASH_FILE'],
    bootTimeoutMs: milliseconds(env, 'ORANGERY_BOOT_TIMEOUT_MS', 900_000),
    logLevel: env['ORANGERY_LOG_LEVEL'] ?? 'info',
  };
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined || value === '') {
    throw new OrangeryError('badConfig', `${name} is not set`, {
      fix: 'Start the server by ./orangery up, which sets it.',
    });
  }
  return value;
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535) {
    throw new OrangeryError('badConfig', `ORANGERY_PORT is "${text}", not a port`, {
      fix: 'Give a number from 1 to 65535.',
    });
  }
  return value;
}

function milliseconds(env: NodeJS.ProcessEnv, name: string, otherwise: number): number {
  const text = env[name];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1_000) {
    throw new OrangeryError('badConfig', `${name} is "${text}", not a time`, {
      fix: 'Give milliseconds, 1000 or more.',
    });
  }
  return value;
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function readRoles(text: string | undefined): Set<Role> {
  if (text === undefined) return new Set(roles);
  const chosen = list(text).map((name) => {
    const role = roles.find((each) => each === name);
    if (role === undefined) {
      throw new OrangeryError('badConfig', `ORANGERY_ROLES names "${name}"`, {
        fix: `Choose from ${roles.join(', ')}.`,
      });
    }
    return role;
  });
  return new Set(chosen);
}

function certificateNames(extra: string | undefined): string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .filter((entry) => !entry.address.startsWith('fe80:'))
    .map((entry) => entry.address);
  return [...new Set(['localhost', hostname(), ...addresses, ...list(extra ?? '')])];
}
