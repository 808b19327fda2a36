import { i18n, type Messages } from '@lingui/core';
import type catalogue from './de.json';
import { formatLocale, type Language, languageOf } from './language.ts';

/** A text of the pages in English, by which catalogues name it: what a catalogue does not have does not compile. */
export type Message = keyof typeof catalogue;

const KEY = 'orangery.language';

const wanted = (): readonly string[] => (typeof navigator === 'undefined' ? ['en'] : navigator.languages);

let language: Language = 'en';
// English is what is written in the code; nothing need be there for it.
i18n.loadAndActivate({ locale: 'en', messages: {} });

/** The text in the reader’s language. ICU’s message format: `{name}`, `{count, plural, one {…} other {…}}`. */
export const t = (message: Message, values?: Readonly<Record<string, string | number>>): string =>
  i18n._(message, values);

/** What the server says, where its words are known; else as it says them. */
export const said = (text: string): string => (text in i18n.messages ? i18n._(text) : text);

/** For `Intl`: the reader’s language as their browser writes it. */
export const locale = (): string => formatLocale(language, wanted());

export const shownLanguage = (): Language => language;

/** Before the first page is drawn. */
export async function loadLanguage(load: (language: Language) => Promise<Messages>): Promise<void> {
  language = languageOf(localStorage.getItem(KEY), wanted());
  document.documentElement.lang = language;
  // Where even English cannot be had, the texts in the code are understood.
  const messages = await load(language).catch(() => ({}));
  i18n.loadAndActivate({ locale: language, locales: locale(), messages });
}

/** From the next page on, which is drawn at once. */
export function chooseLanguage(chosen: Language): void {
  localStorage.setItem(KEY, chosen);
  location.reload();
}
