/** A page of the API's own: what is known of its own process. */
export type ServerFacts = {
  /** The file system of the state folder. */
  disk: { capacityBytes: number; freeBytes: number };
  /** Null: this server has none (it serves a socket alone). */
  certificate: { endsMs: number; own: boolean } | null;
};

export type PoolFacts = {
  id: string;
  title: string;
  ready: number;
  starting: number;
  inUse: number;
  /** All that count against the limit. */
  machines: number;
  readyCount: number;
  machinesMax: number;
  kind: 'pooled' | 'persistent';
  closed: boolean;
  /** What its loop said last. */
  look: string | null;
  /** Why its roll-out stopped; null: it did not. */
  rolloutStopped: { id: string; reason: string } | null;
  /** Machines that failed within a day, and why the last one did. */
  failures: { count: number; reason: string } | null;
  /** Machines whose last maintenance failed within a week. */
  maintenanceFailed: number;
};

type Phased = { phase: string; reason: string | null };

/** What the overview is decided from. What who looks may not see is undefined, and not judged. */
export type Facts = {
  nowMs: number;
  stopped: boolean;
  server?: ServerFacts;
  hosts?: readonly (Phased & { id: string; name: string; emulated: boolean })[];
  storage?: readonly { id: string; host: string; capacityBytes: number; availableBytes: number }[];
  images?: readonly (Phased & { id: string; title: string; version: number; again: boolean })[];
  templates?: readonly (Phased & { id: string; image: string; host: string })[];
  pools?: readonly PoolFacts[];
  /** Those that are in the phase `failed` now. */
  failed?: readonly { id: string; name: string; pool: string; reason: string | null }[];
  sessions?: {
    connected: number;
    disconnected: number;
    waiting: readonly { person: string; title: string; reason: string; sinceMs: number }[];
  };
  quarantine?: readonly { host: string; kind: string; name: string }[];
  loops?: readonly { loop: string; key: string; detail: string }[];
  /** People with roles whose password alone lets them in. */
  passwordAlone?: readonly string[];
  mail?: { setUp: boolean; waiting: number; reason: string | null };
};
