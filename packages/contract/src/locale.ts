/** What is said of a person's place; apart from the schema, for browsers that have no need of the rest. */
export const localePatterns = {
  /** As in `de_AT`. */
  language: /^[a-z]{2,3}(_[A-Z]{2})?$/,
  /** An IANA name, as in `Europe/Vienna`. */
  timeZone: /^[A-Za-z0-9_+-]{1,40}(\/[A-Za-z0-9_+-]{1,40}){0,2}$/,
  /** A layout of X, as in `de`. */
  keyboard: /^[a-z]{2,12}(\([a-z0-9_-]{1,30}\))?$/,
} as const;
