/** Those that there is a catalogue of, by their own names. */
export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;

const isLanguage = (code: string): code is Language => Object.hasOwn(languages, code);
const codeOf = (tag: string): string => tag.split('-')[0]?.toLowerCase() ?? '';

/** What somebody has chosen, else the first of their browser’s that there is. */
export function languageOf(chosen: string | null, wanted: readonly string[]): Language {
  if (chosen !== null && isLanguage(chosen)) return chosen;
  return wanted.map(codeOf).find(isLanguage) ?? 'en';
}

/** How numbers and dates are written: as the browser does in this language, Austria’s way or Switzerland’s. */
export const formatLocale = (language: Language, wanted: readonly string[]): string =>
  wanted.find((tag) => codeOf(tag) === language) ?? language;
