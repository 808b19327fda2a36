import { t } from '../i18n/t.ts';
import type { Kept } from './log-off.ts';

/** What a restart does to what is on the machine, in words for whoever is asked. */
export function restartWords({ own, profile }: Kept): { does: string; kept: string; lost: string } {
  if (own) {
    return {
      does: t('The machine shuts down and starts again. That takes a minute or two.'),
      kept: t('All that is saved on the machine.'),
      lost: t('Open programs, and what is not saved in them.'),
    };
  }
  if (profile) {
    return {
      does: t('This machine is thrown away, and you go on with a fresh one in a moment.'),
      kept: t('Your saved files and settings: they come along.'),
      lost: t('Open programs, what is not saved in them, and what is only on this machine.'),
    };
  }
  return {
    does: t('This machine is thrown away, and you go on with a fresh one in a moment.'),
    kept: t('Nothing of this machine.'),
    lost: t('Open programs and everything that is on this machine.'),
  };
}

/** What the harder way changes. */
export function hardWords({ own, profile }: Kept): string {
  if (own)
    return t(
      'It is switched off at once, like a computer whose plug is pulled. For a machine that does not answer at all.',
    );
  return profile
    ? t('Programs get no time to close. The disk with your files is checked before it is opened again.')
    : t('Programs get no time to close.');
}
