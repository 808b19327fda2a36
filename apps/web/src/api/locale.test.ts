import { expect, test } from 'vitest';
import { languageOf, layoutBy, layoutOf } from './locale.ts';

test('a browser’s language is a guest’s', () => {
  expect(['de-AT', 'en', 'zh-Hant-TW', 'de-Latn-AT'].map(languageOf)).toEqual([
    'de_AT',
    'en',
    'zh_TW',
    'de_AT',
  ]);
});

test('a keyboard is guessed by the language where the browser tells nothing', () => {
  expect(['de-DE', 'de-CH', 'en-US', 'en-GB', 'pt-BR', 'sv-SE', 'it'].map(layoutOf)).toEqual([
    'de',
    'ch',
    'us',
    'gb',
    'br',
    'se',
    'it',
  ]);
});

test('and by its keys where it does', () => {
  const keys = (entries: Record<string, string>): string | undefined =>
    layoutBy(new Map(Object.entries(entries)));
  expect(keys({ KeyQ: 'a', Digit1: '&' })).toBe('fr');
  expect(keys({ KeyY: 'z', Semicolon: 'ö', Minus: 'ß', KeyQ: 'q' })).toBe('de');
  expect(keys({ KeyQ: 'q', Semicolon: ';', Quote: "'", Backslash: '\\' })).toBe('us');
  expect(keys({ KeyQ: 'x' })).toBeUndefined();
});
