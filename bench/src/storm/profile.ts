/** How a morning goes: who comes when, who clicks twice, who leaves. */
export type LogonProfile = {
  people: number;
  /** From the first to the last. */
  minutes: number;
  shape: Shape;
  /** Share of people who click twice. */
  doubleClicks: number;
  /** Share of people who log off again, after `stayMinutes` on the average. */
  leaving: number;
  stayMinutes: number;
};

/**
 * normal: most in the middle, a sixth of the time is the standard deviation, as in published logon tests. uniform: as
 * many each minute. burst: all within one minute, as after a power cut.
 */
export const shapes = ['normal', 'uniform', 'burst'] as const;
export type Shape = (typeof shapes)[number];

export type Visit = {
  person: number;
  /** Milliseconds since the morning began. */
  atMs: number;
  /** Milliseconds after which the second click follows. */
  secondClickMs: number | undefined;
  /** Milliseconds from the desktop until the log-off. */
  stayMs: number | undefined;
};

const MINUTE_MS = 60_000;
const SECOND_CLICK_MS_MAX = 400;
/** Of the mean: nobody waits for the last one in a thousand, who stays for seven. */
const STAY_MAX = 3;

/** The visits of a morning, in their order. The same `fraction` gives the same morning. */
export function visits(profile: LogonProfile, fraction: () => number): Visit[] {
  const all = Array.from({ length: profile.people }, (_, person): Visit => {
    const atMs = arrival(profile, fraction) * MINUTE_MS;
    const twice = fraction() < profile.doubleClicks;
    const secondClickMs = twice ? fraction() * SECOND_CLICK_MS_MAX : undefined;
    const leaves = fraction() < profile.leaving;
    const stay = Math.min(STAY_MAX, exponential(fraction));
    const stayMs = leaves ? stay * profile.stayMinutes * MINUTE_MS : undefined;
    return { person, atMs, secondClickMs, stayMs };
  });
  return all.sort((a, b) => a.atMs - b.atMs);
}

/** Minutes since the morning began. */
function arrival({ shape, minutes }: LogonProfile, fraction: () => number): number {
  if (shape === 'uniform') return fraction() * minutes;
  if (shape === 'burst') return fraction() * Math.min(1, minutes);
  for (;;) {
    const at = minutes / 2 + (gauss(fraction) * minutes) / 6;
    // One in some hundred would come before the morning begins, or after its end.
    if (at >= 0 && at <= minutes) return at;
  }
}

/** Of mean 0 and standard deviation 1 (Box and Muller). */
function gauss(fraction: () => number): number {
  return Math.sqrt(2 * exponential(fraction)) * Math.cos(2 * Math.PI * fraction());
}

/** Of mean 1. */
function exponential(fraction: () => number): number {
  return -Math.log(1 - fraction());
}

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
