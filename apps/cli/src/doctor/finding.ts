/** One thing that was looked at. A fault says what was found, why it matters and the exact fix. */
export type Finding =
  | { check: string; ok: true; what: string }
  | { check: string; ok: false; grave: boolean; what: string; why: string; fix: string };

export const fine = (check: string, what: string): Finding => ({ check, ok: true, what });

/** Something that will not work. */
export const fault = (check: string, what: string, why: string, fix: string): Finding => ({
  check,
  ok: false,
  grave: true,
  what,
  why,
  fix,
});

/** Something that works worse than it could. */
export const warning = (check: string, what: string, why: string, fix: string): Finding => ({
  check,
  ok: false,
  grave: false,
  what,
  why,
  fix,
});
