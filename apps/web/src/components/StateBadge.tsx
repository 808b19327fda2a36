import type { ReactElement } from 'react';
import classes from './StateBadge.module.css';
import { said } from '../i18n/t.ts';

const TONES: Readonly<Record<string, 'good' | 'busy' | 'bad' | 'live' | 'calm'>> = {
  ready: 'good',
  settled: 'good',
  done: 'good',
  in_use: 'live',
  connected: 'live',
  running: 'busy',
  starting: 'busy',
  preparing: 'busy',
  planned: 'busy',
  cloning: 'busy',
  identifying: 'busy',
  copying: 'busy',
  booting: 'busy',
  stopping: 'busy',
  deleting: 'busy',
  saving: 'busy',
  building: 'busy',
  uploading: 'busy',
  checking: 'busy',
  testing: 'busy',
  sealing: 'busy',
  publishing: 'busy',
  authoring: 'live',
  open: 'live',
  progress: 'busy',
  new: 'busy',
  failed: 'bad',
  unavailable: 'bad',
  unreachable: 'bad',
  unusable: 'bad',
  stopped: 'bad',
};

const WORDS: Readonly<Record<string, string>> = {
  in_use: 'in use',
  stopping: 'switching off',
  authoring: 'draft',
};

/** A state as a dot and a word: never by colour alone. */
export function StateBadge({ state }: { state: string }): ReactElement {
  const word = WORDS[state] ?? state;
  return (
    <span className={classes.badge} data-tone={TONES[state] ?? 'calm'} data-state={state}>
      <span className={classes.dot} aria-hidden="true" />
      {said(word.charAt(0).toUpperCase() + word.slice(1))}
    </span>
  );
}
