import type { GuestResult, Picture } from '@orangery/hypervisor';
import type { Clock } from '@orangery/std';

/**
 * What a fleet's hosts and guests take their time for, in milliseconds. All else (lists, looks, volumes, ends) takes what
 * libvirt's test driver takes.
 */
export type Delays = {
  /** From a template's memory to a running machine. */
  forkMs: number;
  /** Our programs in a guest: its identity, its person, its end. */
  execMs: number;
  attachMs: number;
  destroyMs: number;
  saveMs: number;
};

/** As `./orangery bench desktop` and `bench pool` measure them without hardware virtualization. */
export const MEASURED: Delays = { forkMs: 1_500, execMs: 400, attachMs: 200, destroyMs: 300, saveMs: 2_200 };

export function scaled(delays: Delays, speed: number): Delays {
  const each = (ms: number): number => ms / speed;
  return {
    forkMs: each(delays.forkMs),
    execMs: each(delays.execMs),
    attachMs: each(delays.attachMs),
    destroyMs: each(delays.destroyMs),
    saveMs: each(delays.saveMs),
  };
}

/** Waits about so long: the slowest take half as long again as the fastest. */
export async function takes(clock: Clock, fraction: () => number, ms: number): Promise<void> {
  if (ms > 0) await clock.sleep(ms * (0.8 + 0.4 * fraction()));
}

/** A guest that can do all that is asked of it, and has nothing to tell. */
export const DONE: GuestResult = { exitCode: 0, stdout: '{}', stderr: '' };

/** Enough colours to be taken for a painted desktop. */
export function paintedDesktop(): Picture {
  const [width, height] = [96, 60];
  const rgb = Buffer.alloc(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    rgb[pixel * 3] = 64 + (((pixel % width) * 2) % 192);
    rgb[pixel * 3 + 1] = 64 + ((Math.floor(pixel / width) * 3) % 192);
    rgb[pixel * 3 + 2] = 128;
  }
  return { width, height, rgb };
}
