import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addStateOption, stateOptionEverywhere } from './state-option.ts';

function chosen(...args: string[]): { folder: string; tenant: string | undefined } {
  const program = new Command('orangery').enablePositionalOptions();
  const { stateOf, tenantOf } = addStateOption(program, { state: '/default', tenant: undefined });
  let seen: ReturnType<typeof chosen> = { folder: '', tenant: '' };
  const see = (): void => {
    seen = { folder: stateOf(), tenant: tenantOf() };
  };
  program.command('status').action(see);
  program.command('pool').command('show <pool>').action(see);
  stateOptionEverywhere(program);
  program.parse(args, { from: 'user' });
  return seen;
}
const folderOf = (...args: string[]): string => chosen(...args).folder;

test('the state folder may be named before, between and after noun and verb', () => {
  expect(folderOf('status')).toBe('/default');
  expect(folderOf('--state', '/x', 'status')).toBe('/x');
  expect(folderOf('status', '--state', '/x')).toBe('/x');
  expect(folderOf('pool', '--state', '/x', 'show', 'office')).toBe('/x');
  expect(folderOf('pool', 'show', 'office', '--state=/x')).toBe('/x');
});

test('the one nearest to the verb counts', () => {
  expect(folderOf('--state', '/x', 'pool', 'show', 'office', '--state', '/y')).toBe('/y');
});

test('the tenant may be named in the same places', () => {
  expect(chosen('status').tenant).toBeUndefined();
  expect(chosen('--tenant', 'Physics', 'status').tenant).toBe('Physics');
  expect(chosen('pool', 'show', 'office', '--tenant', 'Law', '--state', '/x')).toEqual({
    folder: '/x',
    tenant: 'Law',
  });
});
