import { t } from '../i18n/t.ts';

/** What outlives a session: the person's own machine, or their files on whatever machine; or nothing. */
export type Kept = { own: boolean; profile: boolean };

/** What a log-off does, in words for whoever is asked. */
export function logOffWords({ own, profile }: Kept): string {
  if (own) return t('Programs are closed. The machine stays as it is, with all that is saved on it.');
  if (profile) {
    return t(
      'Programs are closed. Saved files are kept and come along to the next machine; this one is thrown away.',
    );
  }
  return t('Programs are closed and the machine is thrown away with all that is only on it.');
}

/** What the person finds the next time. */
export function nextTimeWords({ own, profile }: Kept): string {
  if (own) return t('Your own machine waits for you.');
  if (profile) return t('Your files wait for you.');
  return t('A fresh one is ready the next time.');
}
