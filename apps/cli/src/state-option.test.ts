import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addStateOption, stateOptionEverywhere } from './state-option.ts';

function folderOf(...args: string[]): string {
  const program = new Command('orangery').enablePositionalOptions();
  const stateOf = addStateOption(program, '/default');
  let folder = '';
  const see = (): void => {
    folder = stateOf();
  };
  program.command('status').action(see);
  program.command('pool').command('show <pool>').action(see);
  stateOptionEverywhere(program);
  program.parse(args, { from: 'user' });
  return folder;
}

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
