/**
 * What the build tells while it runs. `fraction` is of the whole build, from 0 to 1, and never goes back;
 * `waiting` means that another process builds the same image.
 */
export type ImageProgress = { step: Step | 'waiting' | 'done'; fraction: number; detail: string };

export type Step = (typeof STEPS)[number]['name'];

/** The steps in order, each with its share of the time (measured with a mirror on the local network). */
export const STEPS = [
  { name: 'packages', share: 0.15 },
  { name: 'root', share: 0.65 },
  { name: 'disk', share: 0.1 },
  { name: 'image', share: 0.1 },
] as const;

/** The fraction of the whole when `step` has come as far as `within` (0 to 1). */
export function overall(step: Step, within: number): number {
  let before = 0;
  for (const { name, share } of STEPS) {
    if (name === step) return Math.min(1, before + share * Math.min(1, Math.max(0, within)));
    before += share;
  }
  return 1;
}

export type StepProgress = { within: number; detail: string };

/**
 * Reads apt's status lines (`dlstatus:<files>:<percent>:<text>`, APT's README.progress-reporting).
 * Other lines give undefined.
 */
export function downloadProgress(line: string): StepProgress | undefined {
  const match = /^dlstatus:\d+:(\d{1,3}(?:\.\d+)?):(.*)$/.exec(line);
  if (match === null) return undefined;
  return { within: Math.min(1, Number(match[1]) / 100), detail: match[2] ?? '' };
}

/**
 * Follows `mmdebstrap --verbose`. It tells no percentage without a terminal, but apt's and dpkg's own lines
 * pass through: every package is unpacked once and set up once. Essential packages are unpacked before dpkg
 * runs, and then both again: a package counts once for each verb. What is left after the last one (triggers,
 * the initramfs) is the tail.
 *
 * @param packageCount how many packages go in
 */
export function installProgress(packageCount: number): (line: string) => StepProgress | undefined {
  const TAIL = 0.1;
  const unpacked = new Set<string>();
  const configured = new Set<string>();
  return (line) => {
    const match = /^(Unpacking|Setting up) ([a-z0-9][a-z0-9+.-]*)/.exec(line);
    const trigger = /^Processing triggers for ([a-z0-9][a-z0-9+.-]*)/.exec(line);
    const step = /^I: (.+)$/.exec(line);
    if (match !== null) (match[1] === 'Unpacking' ? unpacked : configured).add(match[2] ?? '');
    if (match === null && trigger === null && step === null) return undefined;
    const done = (unpacked.size + configured.size) / (2 * Math.max(1, packageCount));
    return { within: Math.min(1, done) * (1 - TAIL), detail: match?.[0] ?? trigger?.[0] ?? step?.[1] ?? '' };
  };
}

/** Reads `qemu-img convert -p`: `    (12.34/100%)`. */
export function convertProgress(line: string): StepProgress | undefined {
  const match = /^\s*\((\d{1,3}(?:\.\d+)?)\/100%\)/.exec(line);
  if (match === null) return undefined;
  return { within: Math.min(1, Number(match[1]) / 100), detail: 'writing the image' };
}
