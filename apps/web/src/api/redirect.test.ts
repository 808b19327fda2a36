import { describe, expect, test } from 'vitest';
import { inAppPath } from './redirect.ts';

describe('where to go after signing in', () => {
  test.each([
    ['/', '/'],
    ['/session/5', '/session/5'],
    ['/admin/hosts?x=1#y', '/admin/hosts?x=1#y'],
  ])('%s is a path of the application', (wanted, path) => expect(inAppPath(wanted)).toBe(path));

  test.each([
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '\\\\evil.example',
    '/\t/evil.example/',
    '/.//evil.example/',
    'javascript:alert(1)',
    'session/5',
    '/login?redirect=/login',
    '/api/auth/sign-out',
    '/setup',
    '',
    undefined,
    7,
  ])('%s leads to the portal', (wanted) => expect(inAppPath(wanted)).toBe('/'));
});
