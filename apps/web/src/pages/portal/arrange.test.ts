import { expect, it } from 'vitest';
import { arrange, type Arranged, fits } from './arrange.ts';

const thing = (title: string, more: Partial<Arranged> = {}): Arranged => ({
  title,
  description: '',
  favourite: false,
  usedAt: null,
  session: null,
  ...more,
});
const titles = (things: readonly Arranged[], search = ''): string[] =>
  arrange(things, search).map(({ title }) => title);

it('what is open comes first, then favourites, then what was used last, then the rest by title', () => {
  expect(
    titles([
      thing('Zoo'),
      thing('Atlas'),
      thing('Before', { usedAt: '2026-01-01T00:00:00.000Z' }),
      thing('Lately', { usedAt: '2026-02-01T00:00:00.000Z' }),
      thing('Dear', { favourite: true }),
      thing('Open', { session: {} }),
      thing('Always', { favourite: true, usedAt: '2026-02-02T00:00:00.000Z' }),
    ]),
  ).toEqual(['Open', 'Always', 'Dear', 'Lately', 'Before', 'Atlas', 'Zoo']);
});

it('a search finds each word in title or description, accents or not', () => {
  const office = thing('Büro', { description: 'Text and tables' });
  for (const search of ['buro', 'BÜRO', 'tab', 'bür text', '  '])
    expect([search, fits(office, search)]).toEqual([search, true]);
  for (const search of ['buros', 'büro games'])
    expect([search, fits(office, search)]).toEqual([search, false]);
  expect(titles([office, thing('Lab')], 'lab')).toEqual(['Lab']);
});
