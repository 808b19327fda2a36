import { z } from 'zod';
import { localePatterns } from './locale.ts';
import { pageInput, sortInput } from './pages.ts';
import { newPasswordSchema } from './people.ts';
import { sorts } from './sorts.ts';
import { rights, roles } from './roles.ts';
import { desktopStates, hostPhases, machinePhases, sessionPhases, templatePhases } from './states.ts';

/** Instants are ISO 8601 in UTC. */
const at = z.iso.datetime({ offset: true });
const id = z.uuid();

export const idInput = z.object({ id });

export const progressSchema = z.object({
  step: z.string(),
  /** 0 to 1 of the step. */
  fraction: z.number().min(0).max(1),
  detail: z.string(),
});

/** Who looks at a session, or did last: what with, from where, since when. */
export const viewerSchema = z.object({ device: z.string(), address: z.string(), since: at });

export const desktopSchema = z.object({
  poolId: id,
  title: z.string(),
  description: z.string(),
  image: z.string(),
  /** The person has a machine of their own of this pool, which is kept. */
  own: z.boolean(),
  /** Their files follow the person to whatever machine they get. */
  profile: z.boolean(),
  state: z.enum(desktopStates),
  /** Why it is in this state, in words. */
  reason: z.string(),
  progress: progressSchema.nullable(),
  session: z
    .object({ id, phase: z.enum(sessionPhases), since: at, viewer: viewerSchema.nullable() })
    .nullable(),
  /** Its person has put it first. */
  favourite: z.boolean(),
  /** When they last opened it, within three months. */
  usedAt: at.nullable(),
});

export const favouriteInput = z.object({ id, favourite: z.boolean() });

export const sessionSchema = z.object({
  id,
  poolId: id,
  title: z.string(),
  person: z.string(),
  machine: z.object({ id, name: z.string() }).nullable(),
  /** The machine is the person's own: it is kept at log-off. */
  own: z.boolean(),
  /** The person's files follow them: they are kept at log-off, the machine is not. */
  profile: z.boolean(),
  /** application: it shows programs alone, and ends with the last window. */
  mode: z.enum(['desktop', 'application']),
  /** Titles of the applications that were opened in it. */
  programs: z.array(z.string()),
  phase: z.enum(sessionPhases),
  reason: z.string(),
  createdAt: at,
  connectedAt: at.nullable(),
  endedAt: at.nullable(),
  /** While it is disconnected, the last one. */
  viewer: viewerSchema.nullable(),
});

/** What a machine shows at this moment. */
export const pictureSchema = z.object({
  /** PNG in base64; no side is longer than 800 pixels. */
  png: z.string(),
  width: z.number().int(),
  height: z.number().int(),
  takenAt: at,
});

/** Who sees the screen of somebody who works has their consent, or says why they look without it. */
export const pictureInput = z.object({
  id,
  because: z
    .string()
    .trim()
    .min(5, 'In a few words')
    .max(500)
    .optional()
    .describe('Why I look without having been allowed to; it is in the audit log'),
});

/** How a machine is restarted: its guest is asked first, or it is switched off at once. */
export const restartHow = z.enum(['gently', 'hard']);

/** What a person has and used. */
export const usageSchema = z.object({
  month: z.object({
    from: at,
    /** Milliseconds in sessions, whether somebody looked or not. */
    sessionMs: z.number(),
    /** Of those, with somebody looking. */
    connectedMs: z.number(),
  }),
  /** Null: they have no files of their own that follow them yet. */
  profile: z
    .object({
      sizeBytes: z.number(),
      usedBytes: z.number().nullable(),
      /** Asked of the guest now; else what was found when it was last opened or closed. */
      live: z.boolean(),
      /** What is wrong with it. */
      reason: z.string().nullable(),
    })
    .nullable(),
  sessions: z.array(sessionSchema),
});

export const timeZoneInput = z.object({
  timeZone: z.string().refine(isTimeZone, 'No time zone as in Europe/Vienna').default('UTC'),
});

export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** What came of the wish to connect: a ticket for the gateway, or why not yet. */
export const connectSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('ticket'),
    ticket: z.string(),
    /** The ticket opens the session once, within this time. */
    expiresInMs: z.number().int(),
    machine: z.string(),
  }),
  z.object({
    kind: z.literal('waiting'),
    reason: z.string(),
    progress: progressSchema.nullable(),
    /** Null once there is a machine. */
    queue: z
      .object({
        /** 1 is the next. */
        position: z.number().int(),
        /** Milliseconds; null: it hangs on others logging off. */
        expectedMs: z.number().nullable(),
        /** Their files are on a host that does not answer: by `sessions.resolveProfile` they can go on without. */
        filesAway: z.boolean(),
      })
      .nullable(),
  }),
  z.object({
    /** The person's files are in use by another desktop of theirs: `sessions.resolveProfile` says what to do. */
    kind: z.literal('conflict'),
    other: z.object({ sessionId: id, title: z.string() }),
  }),
  z.object({ kind: z.literal('ended'), reason: z.string() }),
]);

/** What the browser knows of its person, for a desktop that speaks their language. */
export const localeSchema = z.object({
  language: z.string().regex(localePatterns.language).optional(),
  timeZone: z.string().regex(localePatterns.timeZone).optional(),
  keyboard: z.string().regex(localePatterns.keyboard).optional(),
});

const abilitySchema = z.discriminatedUnion('works', [
  z.object({ works: z.literal(true) }),
  z.object({ works: z.literal(false), reason: z.string(), fix: z.string() }),
]);

/** A machine that failed and was taken away, and what was found of it. */
export const machineFailureSchema = z.object({
  id,
  machine: z.string(),
  host: z.string().nullable(),
  /** Of the image it was made from. */
  version: z.number().int().nullable(),
  /** Somebody could use it before it failed. */
  wasReady: z.boolean(),
  reason: z.string(),
  /** There is a picture of what its screen showed. */
  pictured: z.boolean(),
  at,
});

export const hostSchema = z.object({
  id,
  name: z.string(),
  address: z.string(),
  phase: z.enum(hostPhases),
  reason: z.string().nullable(),
  seenAt: at.nullable(),
  facts: z
    .object({
      hypervisor: z.string(),
      hypervisorVersion: z.string(),
      managementVersion: z.string(),
      cpus: z.number(),
      memoryBytes: z.number(),
      freeMemoryBytes: z.number(),
      accelerator: z.enum(['kvm', 'tcg']),
      probe: z.string(),
      hostClass: z.string(),
      /** What the host can hold its machines to, found by doing it; null until it was looked at. */
      abilities: z
        .object({
          /** Shares and caps of CPU time hold. */
          cpuLimits: abilitySchema,
          /** Machines are kept to their own MAC and address. */
          guards: abilitySchema,
        })
        .nullable()
        .default(null),
      /** Equal pages of machines' memory lie once; null: the host's kernel cannot, or nobody has looked. */
      memorySharing: z
        .object({
          /** Null where it cannot be told. */
          on: z.boolean().nullable(),
          savedBytes: z.number(),
          /** `hosts.update` can switch it. */
          switchable: z.boolean(),
        })
        .nullable()
        .default(null),
    })
    .nullable(),
  storage: z.object({ path: z.string(), capacityBytes: z.number(), availableBytes: z.number() }).nullable(),
  /** What was asked for; null leaves the kernel's setting as it was found. */
  shareMemory: z.boolean().nullable(),
  /** Share of its processors' time, and milliseconds that a request of machines to their disks takes; null: not measured. */
  load: z.object({ cpuBusy: z.number(), diskMs: z.number().nullable() }).nullable(),
  /** How many machines may start on it at the same time, and why. */
  starts: z.object({ max: z.number().int(), reason: z.string() }),
});

export const templateSchema = z.object({
  id,
  image: z.string(),
  version: z.number().int(),
  host: z.string(),
  hostClass: z.string(),
  phase: z.enum(templatePhases),
  progress: progressSchema.nullable(),
  reason: z.string().nullable(),
  savedMemoryBytes: z.number().nullable(),
  createdAt: at,
  readyAt: at.nullable(),
});

/** An installation has thousands of machines; a page shows some of them. */
export const machineFilter = pageInput.extend(sortInput(sorts.machines, 'desc').shape).extend({
  search: z
    .string()
    .trim()
    .max(100)
    .optional()
    .describe('In the name of the machine, its pool, its host or its person, or its state'),
});

export const machineSchema = z.object({
  id,
  name: z.string(),
  pool: z.string(),
  host: z.string(),
  phase: z.enum(machinePhases),
  reason: z.string().nullable(),
  /** Whose session it has now. */
  person: z.string().nullable(),
  /** Whose own machine it is, in a persistent pool; its disk is theirs. */
  owner: z.string().nullable(),
  createdAt: at,
  since: at,
});

/** One machine, with what it is made of. */
export const machineDetailSchema = machineSchema.extend({
  poolId: id,
  poolTitle: z.string(),
  hostId: id,
  cpus: z.number().int(),
  memoryMib: z.number().int(),
  image: z.string(),
  /** Null: the version is no more. */
  version: z.number().int().nullable(),
  macAddress: z.string(),
  /** The session that it has now. */
  session: z.object({ id, phase: z.enum(sessionPhases), personId: id, since: at }).nullable(),
});

/** Who an entitlement is of. */
export const entitledSchema = z.object({
  id,
  kind: z.enum(['person', 'group']),
  name: z.string(),
  email: z.string().nullable(),
  /** How many people are in the group; null for a person. */
  members: z.number().int().nullable(),
});

/** Who may use a pool. Administrators may use every pool and need none. */
export const entitlementSchema = z.object({
  id,
  pool: z.object({ id, title: z.string() }),
  principal: entitledSchema,
  createdAt: at,
  /** A person's session of this pool, while there is one. */
  session: z.object({ id, phase: z.enum(sessionPhases) }).nullable(),
});

export const entitlementsInput = pageInput.extend({
  poolId: id.optional().describe('Only those of this pool'),
  principalId: id.optional().describe('Only those of this person or group'),
});

export const personSchema = z.object({
  id,
  name: z.string(),
  email: z.string().nullable(),
  /** None: they use what is given to them. */
  roles: z.array(z.enum(roles)),
});

export const meSchema = personSchema.extend({
  /** That this call looks into; an operator's may be another than their own. */
  tenant: z.object({ id, name: z.string() }),
  /** It is their own. */
  atHome: z.boolean(),
  /** What they may do in it. */
  rights: z.array(z.enum(rights)),
});

/** As administrators see people. */
export const userSchema = personSchema.extend({
  /** local: made here; else the directory that they are of. */
  source: z.string(),
  /** Since when that directory lets them in no more. */
  endedAt: at.nullable(),
});

export const sessionFilter = pageInput.extend(sortInput(sorts.sessions, 'desc').shape).extend({
  ended: z.stringbool().optional().describe('Those that have ended; else those that live'),
  search: z
    .string()
    .trim()
    .max(100)
    .optional()
    .describe('In the name of the person, the desktop or the machine, or its state'),
});

export const peopleInput = pageInput.extend(sortInput(sorts.people, 'asc').shape).extend({
  search: z.string().trim().max(200).optional().describe('A part of the name or of the e-mail address'),
});

export const setupInput = z.object({
  token: z.string().min(20).max(100),
  name: z.string().trim().min(1).max(200),
  email: z.email().max(254),
  password: newPasswordSchema,
});

export const deletePersonInput = z.object({
  id,
  setFilesAside: z
    .boolean()
    .default(false)
    .describe('Their disk stays on its host, in quarantine, until an operator deletes it'),
  heirId: id.optional().describe('Who gets their files: a person of the same tenant who has none'),
});

/** In the order of their names, each once. */
const rolesInput = z
  .array(z.enum(roles))
  .max(roles.length)
  .transform((given) => roles.filter((role) => given.includes(role)));
export const rolesOfInput = z.object({ id, roles: rolesInput });

export const personInput = z.object({
  name: z.string().trim().min(1).max(200),
  email: z.email().max(254),
  password: newPasswordSchema,
  roles: rolesInput.default([]),
});

export const hostAddress = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('local') }),
  z.object({
    kind: z.literal('ssh'),
    host: z.string().min(1).max(253),
    port: z.number().int().min(1).max(65_535).default(22),
    user: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/),
    /** `SHA256:…` as ssh-keygen prints it: what the administrator has confirmed. */
    hostKeySha256: z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/),
  }),
]);
export type HostAddress = z.infer<typeof hostAddress>;

export const hostInput = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,62}$/),
  address: hostAddress,
  /** The private key for SSH, in OpenSSH or PEM form. Kept sealed. */
  privateKey: z.string().max(20_000).optional(),
  storagePath: z
    .string()
    .regex(/^\/[^\0]{1,300}$/)
    .default('/var/lib/orangery/storage'),
});

export const statusSchema = z.object({
  version: z.string(),
  installationId: id,
  setupNeeded: z.boolean(),
  /** Nothing of ours runs on any host any more, after `system.stop`. */
  stopped: z.boolean(),
  /** What `up` waits for, in order. */
  steps: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['waiting', 'running', 'done', 'failed']),
      progress: progressSchema.nullable(),
      reason: z.string().nullable(),
    }),
  ),
});

export const loopStatusSchema = z.object({
  loop: z.string(),
  key: z.string(),
  outcome: z.enum(['settled', 'progress', 'waiting', 'failed']),
  detail: z.string(),
  at,
});

export const quarantineSchema = z.object({
  id,
  host: z.string(),
  kind: z.enum(['machine', 'volume', 'network']),
  name: z.string(),
  foundAt: at,
});
