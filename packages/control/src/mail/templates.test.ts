import { expect, it } from 'vitest';
import { changedMail, resetMail, verifyMail } from './templates.ts';

const SITE = 'https://desk.example.org:8443';

it('says in text and in HTML the same link, with its secret where no server sees it', () => {
  const { text, html } = resetMail(SITE, { name: 'Ada' }, 'a+b/c');
  const link = `${SITE}/reset#token=a%2Bb%2Fc`;
  expect(text).toContain(link);
  expect(html).toContain(`href="${link}"`);
  expect(text).toContain('30 minutes');
});

it('tells what has changed, without a link that opens anything', () => {
  const { text } = changedMail(SITE, { name: 'Ada' }, 'Your password was changed, from Firefox (10.0.0.7).');
  expect(text).toContain('Your password was changed, from Firefox (10.0.0.7).');
  expect(text).not.toContain('#');
});

it('shows names as they are, and lets them write no HTML', () => {
  const { text, html } = verifyMail(SITE, { name: '<img src=x onerror="a()">' }, 't');
  expect(text).toContain('<img src=x');
  expect(html).not.toContain('<img');
  expect(html).toContain('&lt;img src=x onerror=&quot;a()&quot;&gt;');
});
