import { expect, it } from 'vitest';
import { formatLocale, languageOf } from './language.ts';

it('the language is the chosen one, else the first of the browser’s that there is, else English', () => {
  expect(languageOf('de', ['en-US'])).toBe('de');
  expect(languageOf(null, ['fr-CH', 'de-AT', 'en'])).toBe('de');
  expect(languageOf(null, ['EN-gb', 'de'])).toBe('en');
  expect(languageOf('klingon', ['fr'])).toBe('en');
  expect(languageOf(null, [])).toBe('en');
  expect(languageOf('toString', [])).toBe('en');
});

it('numbers and dates are written as the browser does in that language', () => {
  expect(formatLocale('de', ['en-US', 'de-CH', 'de'])).toBe('de-CH');
  expect(formatLocale('en', ['de-AT', 'en-GB'])).toBe('en-GB');
  expect(formatLocale('de', ['en-US'])).toBe('de');
});
