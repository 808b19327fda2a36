import type { Kept } from './log-off.ts';

/** What a restart does to what is on the machine, in words for whoever is asked. */
export function restartWords({ own, profile }: Kept): { does: string; kept: string; lost: string } {
  if (own) {
    return {
      does: 'The machine shuts down and starts again. That takes a minute or two.',
      kept: 'All that is saved on the machine.',
      lost: 'Open programs, and what is not saved in them.',
    };
  }
  if (profile) {
    return {
      does: 'This machine is thrown away, and you go on with a fresh one in a moment.',
      kept: 'Your saved files and settings: they come along.',
      lost: 'Open programs, what is not saved in them, and what is only on this machine.',
    };
  }
  return {
    does: 'This machine is thrown away, and you go on with a fresh one in a moment.',
    kept: 'Nothing of this machine.',
    lost: 'Open programs and everything that is on this machine.',
  };
}

/** What the harder way changes. */
export function hardWords({ own, profile }: Kept): string {
  if (own)
    return 'It is switched off at once, like a computer whose plug is pulled. For a machine that does not answer at all.';
  return profile
    ? 'Programs get no time to close. The disk with your files is checked before it is opened again.'
    : 'Programs get no time to close.';
}
