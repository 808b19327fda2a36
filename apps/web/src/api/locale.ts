import { localePatterns } from '@orangery/contract';

export type Locale = { language?: string; timeZone?: string; keyboard?: string };

/** X's names where they differ from the language's; elsewhere a layout bears the name of its country or language. */
const LAYOUTS: Readonly<Record<string, string>> = {
  en: 'us',
  'en-GB': 'gb',
  'de-CH': 'ch',
  'fr-CH': 'ch(fr)',
  'fr-CA': 'ca',
  'fr-BE': 'be',
  'nl-BE': 'be',
  'pt-BR': 'br',
  'es-MX': 'latam',
  cs: 'cz',
  da: 'dk',
  el: 'gr',
  et: 'ee',
  ja: 'jp',
  ko: 'kr',
  nb: 'no',
  sl: 'si',
  sv: 'se',
  uk: 'ua',
  zh: 'us',
};

/**
 * What the browser knows of its person: language and time zone as it says itself, the keyboard by what its keys write
 * where it tells (Chromium), else by the language.
 */
export async function browserLocale(): Promise<Locale> {
  const [tag = 'en-US'] = navigator.languages;
  const keyboard = (await layoutByKeys()) ?? layoutOf(tag);
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const fields = { language: languageOf(tag), timeZone, keyboard };
  // A browser may say what no server has heard of: better nothing than no desktop.
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => localePatterns[name as keyof Locale].test(value)),
  );
}

/** Where the browser is, as in `Europe/Vienna`. */
export const browserTimeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `de-Latn-AT` is `de_AT`. */
export function languageOf(tag: string): string {
  const { language, region } = new Intl.Locale(tag);
  return region === undefined ? language : `${language}_${region}`;
}

export function layoutOf(tag: string): string {
  const { language, region } = new Intl.Locale(tag);
  return LAYOUTS[`${language}-${region}`] ?? LAYOUTS[language] ?? language;
}

type LayoutMap = { get(code: string): string | undefined };

/** A few keys tell the common layouts apart: top left letter, the key left of Backspace, the one right of L. */
export function layoutBy(keys: LayoutMap): string | undefined {
  if (keys.get('KeyQ') === 'a') return keys.get('Digit1') === '&' ? 'fr' : undefined;
  if (keys.get('KeyY') === 'z')
    return keys.get('Semicolon') === 'ö' && keys.get('Minus') === 'ß' ? 'de' : undefined;
  if (keys.get('KeyQ') === 'q' && keys.get('Semicolon') === ';' && keys.get('Quote') === "'")
    return keys.get('IntlBackslash') === '\\' && keys.get('Backslash') === '#' ? 'gb' : 'us';
  return undefined;
}

async function layoutByKeys(): Promise<string | undefined> {
  const { keyboard } = navigator as { keyboard?: { getLayoutMap?: () => Promise<LayoutMap> } };
  try {
    const keys = await keyboard?.getLayoutMap?.();
    return keys === undefined ? undefined : layoutBy(keys);
  } catch {
    return undefined;
  }
}
