import { describe, expect, it } from 'vitest';
import { lossesInWords } from './losses.ts';

const person = (name: string) => ({
  id: name,
  name,
  email: null,
  desktops: [{ title: 'Office', session: null }],
  applications: [],
});

describe('who would lose what', () => {
  it('is told a person a line, with what they have open', () => {
    const ada = {
      ...person('Ada'),
      email: 'ada@example.org',
      desktops: [{ title: 'Office', session: 'connected' as const }],
      applications: ['Browser'],
    };
    expect(lossesInWords({ count: 1, people: [ada] })).toBe(
      'One person would lose what they have no other way to:\n  Ada, ada@example.org: Office (has it open), Browser',
    );
  });

  it('is not told of more than ten, but how many there are', () => {
    const people = Array.from({ length: 100 }, (_, index) => person(`Person ${index}`));
    const lines = lossesInWords({ count: 10_000, people }).split('\n');
    expect(lines).toHaveLength(12);
    expect(lines[0]).toMatch(/^10000 people/);
    expect(lines.at(-1)).toBe('  and 9990 more');
  });
});
