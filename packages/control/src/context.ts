import type { Database } from '@orangery/database';
import type { HostDriver } from '@orangery/hypervisor';
import type { Clock, Log, Rng } from '@orangery/std';
import type { Locks } from './loops/locks.ts';
import type { StepRunner } from './loops/steps.ts';

/** Builds golden images; the composition root gives the one of `images/`. */
export type ImageBuilder = {
  recipes(): Promise<{ name: string; title: string; description: string; hash: string }[]>;
  build(
    recipe: string,
    options: {
      signal: AbortSignal;
      onProgress: (progress: { step: string; fraction: number; detail: string }) => void;
    },
  ): Promise<{ path: string; hash: string; virtualBytes: number; fileBytes: number }>;
  /** Deletes the file of a version; again is harmless. */
  remove(path: string): Promise<void>;
};

/** Opens the drivers of hosts and keeps them. */
export type Drivers = {
  /** Throws `hostUnreachable` when it cannot be had now. */
  of(hostId: string): Promise<HostDriver>;
};

export type Limits = {
  /** How long a template's guest may take from its start until it is at rest. */
  templateBootMs: number;
};

/** What services and loops stand on. */
export type Context = {
  db: Database;
  drivers: Drivers;
  images: ImageBuilder;
  locks: Locks;
  step: StepRunner;
  clock: Clock;
  rng: Rng;
  log: Log;
  /** Wraps a secret by the installation's master key. */
  seal: (purpose: string, plain: Buffer) => Buffer;
  installation: { id: string; generation: number };
  limits: Limits;
};
