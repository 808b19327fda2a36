import { randomBytes, randomUUID } from 'node:crypto';

/** The one source of randomness, so that a test can seed it. */
export type Rng = {
  bytes(count: number): Buffer;
  uuid(): string;
  /** A number in [0, 1), good enough for jitter; never for secrets. */
  fraction(): number;
};

export const systemRng: Rng = {
  bytes: (count) => randomBytes(count),
  uuid: () => randomUUID(),
  fraction: () => randomBytes(4).readUInt32LE() / 2 ** 32,
};
