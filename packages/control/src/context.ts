import type { Readable } from 'node:stream';
import type { Syslog } from '@orangery/contract';
import type { Database } from '@orangery/database';
import type { HostDriver } from '@orangery/hypervisor';
import type { Clock, Log, Rng } from '@orangery/std';
import type { OpenDirectory } from './directories/directory.ts';
import type { Exported } from './audit/syslog.ts';
import type { Locks } from './loops/locks.ts';
import type { StepRunner } from './loops/steps.ts';
import type { MailKind } from './mail/policy.ts';

/** Version of each package, and whether it is one of Debian's security team. */
export type Packages = Readonly<Record<string, { version: string; security: boolean }>>;

/** A golden image as a file. */
export type ImageFile = { path: string; virtualBytes: number; fileBytes: number };

/** Builds and keeps golden images; the composition root gives the one of `images/`. */
export type ImageBuilder = {
  recipes(): Promise<{ name: string; title: string; description: string; hash: string }[]>;
  /** What an image of the recipe would be made of today. */
  plan(recipe: string, signal: AbortSignal): Promise<Packages>;
  build(
    recipe: string,
    options: {
      /** Anew, with today's packages; the same edition is the same image. */
      edition?: string;
      signal: AbortSignal;
      onProgress: (progress: { step: string; fraction: number; detail: string }) => void;
    },
  ): Promise<ImageFile & { hash: string; packages?: Packages | undefined }>;
  /** Deletes the file of a version; again is harmless. */
  remove(path: string): Promise<void>;
  /** A file that was received under this name, whole and checked. */
  find(name: string): Promise<ImageFile | undefined>;
  /** Takes a qcow2 file in, whole and checked or not at all; `open` is called once it is wanted. */
  receive(
    name: string,
    open: () => Promise<Readable>,
    options: { signal: AbortSignal; onProgress: (bytes: number) => void },
  ): Promise<ImageFile>;
  /**
   * Makes what was uploaded under this id a golden image. Throws `imageRefused` with the reason, also when it does not
   * have this checksum.
   */
  adopt(
    id: string,
    name: string,
    options: {
      sha256: string | undefined;
      signal: AbortSignal;
      onProgress: (progress: { step: string; fraction: number; detail: string }) => void;
    },
  ): Promise<ImageFile>;
  uploads: {
    /** Throws `diskFull`. */
    requireRoom(bytes: number): Promise<void>;
    received(id: string): Promise<number>;
    /** At its end, and at most `bytesMax` in all; returns what is there then. */
    append(id: string, offset: number, content: AsyncIterable<Buffer>, bytesMax: number): Promise<number>;
  };
  /** What somebody uploaded; throws `notFound` when it is gone. */
  openUpload(id: string): Promise<{ bytes: number; content: Readable }>;
  /** Again is harmless. */
  removeUpload(id: string): Promise<void>;
};

/** Opens the drivers of hosts and keeps them. */
export type Drivers = {
  /** Throws `hostUnreachable` when it cannot be had now. */
  of(hostId: string): Promise<HostDriver>;
};

/** Sends mails to people; the composition root gives the one that knows the sign-in library and SMTP. */
export type Mailer = {
  /** `nobody`: no account has this address. `off`: mails are not set up. Throws what the mail server said. */
  deliver(mail: { kind: MailKind; email: string; what: string | null }): Promise<'sent' | 'nobody' | 'off'>;
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
  /** Throws `badSeal` where it was sealed by another key, or for another purpose. */
  unseal: (purpose: string, sealed: Buffer) => Buffer;
  /** A MAC by a key for this purpose alone, which comes from the master key. */
  mac: (purpose: string, text: Buffer) => Buffer;
  mailer: Mailer;
  openDirectory: OpenDirectory;
  /** Sends events to a log server, in their order; throws when they may not have arrived. */
  syslog: (settings: Syslog, events: readonly Exported[]) => Promise<void>;
  installation: { id: string; generation: number };
  limits: Limits;
};
