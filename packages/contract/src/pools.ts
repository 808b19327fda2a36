import { z } from 'zod';
import { maintenanceWindowSchema } from './maintenance.ts';
import { isTimeZone } from './schemas.ts';

const id = z.uuid();

/** Null is the hypervisor's default. */
export const poolLimitsSchema = z.object({
  /** Relative weight against other machines of the host. */
  cpuShares: z.number().int().min(2).max(10_000).nullable(),
  /** Of one CPU: 150 is one and a half. */
  cpuCapPercent: z.number().int().min(1).max(25_600).nullable(),
  /** Its memory is kept by the host even when it is short. */
  memoryLocked: z.boolean(),
  readMibPerS: z.number().int().min(1).max(100_000).nullable(),
  writeMibPerS: z.number().int().min(1).max(100_000).nullable(),
  iops: z.number().int().min(10).max(1_000_000).nullable(),
});

/** What machines of a pool are plugged into. */
const network = {
  /** nat: out through the host. routed: with addresses of their own. isolated: nowhere. bridge: one of the host's. */
  kind: z.enum(['nat', 'routed', 'isolated', 'bridge']),
  /** nat, routed, isolated: as in `10.20.0.0/22`; null lets each host find a free range of 4,094 addresses. */
  subnet: z
    .string()
    .regex(/^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/, 'As in 10.20.0.0/22')
    .refine((text) => roomOf(text) !== undefined, 'No range of IPv4 addresses from /8 to /27')
    .nullable(),
  /** bridge: its name on the hosts. */
  bridge: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{1,15}$/, 'A bridge’s name: at most 15 letters, digits, `_`, `.`, `-`')
    .nullable(),
  /** bridge: it is one of Open vSwitch. */
  openVSwitch: z.boolean(),
  /** bridge: the VLAN that the machines' frames belong to. */
  vlan: z.number().int().min(1).max(4_094).nullable(),
  /** bridge: machines may speak IPv6; elsewhere none is offered. */
  ipv6: z.boolean(),
  /** Machines of the pool may reach one another. */
  neighbours: z.boolean(),
};

export const poolNetworkSchema = z.object(network);

const poolNetworkInput = z
  .object({
    ...network,
    subnet: network.subnet.default(null),
    bridge: network.bridge.default(null),
    openVSwitch: network.openVSwitch.default(false),
    vlan: network.vlan.default(null),
    ipv6: network.ipv6.default(false),
    neighbours: network.neighbours.default(false),
  })
  .superRefine((wish, context) => {
    const fault = (path: keyof typeof network, message: string): void =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (wish.kind === 'bridge') {
      if (wish.bridge === null) fault('bridge', 'Which bridge of the hosts?');
      if (wish.subnet !== null)
        fault('subnet', 'On a bridge addresses come from the network that it is part of');
      return;
    }
    if (wish.kind === 'routed' && wish.subnet === null)
      fault('subnet', 'Others must know the way to a routed range: which one is it?');
    for (const key of ['bridge', 'vlan'] as const)
      if (wish[key] !== null) fault(key, 'Only for the kind “bridge”');
    for (const key of ['openVSwitch', 'ipv6'] as const)
      if (wish[key]) fault(key, 'Only for the kind “bridge”');
  });

/** How a host has the pool's network. */
export const hostNetworkSchema = z.object({
  host: z.string(),
  name: z.string(),
  phase: z.enum(['ready', 'failed']),
  /** Why it is not there, and what to do. */
  reason: z.string().nullable(),
  bridge: z.string().nullable(),
  /** The host's own address in it. */
  subnet: z.string().nullable(),
  /** Machines that its range has addresses for. */
  room: z.number().int().nullable(),
});

/** How many machines get an address of the range: all but its ends and 15 that are kept. Undefined: it is none. */
export function roomOf(subnet: string): number | undefined {
  const [address = '', bits = ''] = subnet.split('/');
  const prefix = Number(bits);
  if (address.split('.').some((byte) => Number(byte) > 255) || prefix < 8 || prefix > 27) return undefined;
  return 2 ** (32 - prefix) - 17;
}

/** What desktops may take from and give to the device that shows them. */
export const poolDisplaySchema = z.object({
  /** Which way text may be copied: into the machine, out of it, both or not at all. */
  clipboard: z.enum(['both', 'toMachine', 'fromMachine', 'none']),
  /** The largest desktop, in pixels: larger windows show it scaled. Null: as large as the window. */
  screenMax: z
    .object({
      width: z.number().int().min(640).max(8_192),
      height: z.number().int().min(480).max(8_192),
    })
    .nullable(),
});

/** Hours at which more machines are kept ready. */
export const poolHoursSchema = z
  .object({
    /** 1 is Monday. */
    weekdays: z.array(z.number().int().min(1).max(7)).min(1).max(7),
    /** Minutes since midnight in `timeZone`; `until` is the first that no longer counts. */
    fromMinute: z.number().int().min(0).max(1_439),
    untilMinute: z.number().int().min(1).max(1_440),
    timeZone: z.string().refine(isTimeZone, 'No time zone as in Europe/Vienna'),
    readyCount: z.number().int().min(0).max(10_000),
  })
  .refine(({ fromMinute, untilMinute }) => fromMinute < untilMinute, 'It ends before it begins');

/** What an administrator sets, and may change while people work. */
const settings = {
  title: z.string().trim().min(1).max(200),
  description: z.string().trim().max(2_000),
  /** Why nobody may open it now, in words for people; null: open. */
  closedReason: z.string().trim().min(1).max(500).nullable(),
  /** The image version it is kept on; null follows the image's current one. */
  imageVersionId: id.nullable(),
  cpus: z.number().int().min(1).max(256),
  memoryMib: z.number().int().min(128).max(4_194_304),
  /** Machines that wait, started; of people's own: of those who are most likely to come, switched on before they do. */
  readyCount: z.number().int().min(0).max(10_000),
  machinesMax: z.number().int().min(1).max(10_000),
  /** `{pool}`, `{random}` and, for machines of people's own, `{person}`. */
  machineName: z
    .string()
    .regex(/^[a-z0-9{}-]{1,60}$/, 'Small letters, digits, hyphens, {pool}, {person}, {random}'),
  limits: poolLimitsSchema,
  network: poolNetworkSchema,
  display: poolDisplaySchema,
  hours: z.array(poolHoursSchema).max(50),
  /** Keeps more ready where people came in the weeks before. */
  learns: z.boolean(),
  /** Where its people live: decides at which hour of which day they come. */
  timeZone: z.string().refine(isTimeZone, 'No time zone as in Europe/Vienna'),
  /** Seconds. A session nobody looks at ends after this long. */
  disconnectTimeoutS: z.number().int().min(60).max(31_536_000),
  /** Seconds. A session in which nobody types or points ends after this long; null: never. */
  idleTimeoutS: z.number().int().min(60).max(31_536_000).nullable(),
  /** Of machines of people's own that are made from now on: on the image's disk, or a copy of it. */
  diskKind: z.enum(['linked', 'full']),
  /** Seconds after log-off; null: machines of people's own stay on. */
  powerOffAfterS: z.number().int().min(0).max(31_536_000).nullable(),
  /** Size of the disk that follows each person; null: what they save ends with the machine. */
  profileGib: z.number().int().min(1).max(16_384).nullable(),
  /** Machines of people's own only: the others are thrown away, and their image is refreshed. Null: never by itself. */
  maintenance: maintenanceWindowSchema.nullable(),
};

/** How a version comes to a pool: one machine, then a quarter of those that wait, then all. */
const rolloutSchema = z.object({
  /** stopped: by itself; new sessions get the version from before. */
  phase: z.enum(['rolling', 'stopped', 'done']),
  wave: z.enum(['canary', 'quarter', 'all']),
  /** Why it stopped. */
  reason: z.string().nullable(),
  /** Null: that version is no more. */
  from: z.object({ id, version: z.number().int() }).nullable(),
  to: z.object({ id, version: z.number().int() }),
  begunAt: z.iso.datetime({ offset: true }),
  endedAt: z.iso.datetime({ offset: true }).nullable(),
});

export const poolSchema = z.object({
  id,
  name: z.string(),
  image: z.string(),
  kind: z.enum(['pooled', 'persistent']),
  ...settings,
  /** The last one, while it is under way or after. */
  rollout: rolloutSchema.nullable(),
  /** The image's versions that matter to it now: what it serves, what is rolled out, what machines are of. Newest first. */
  versions: z.array(
    z.object({
      id,
      version: z.number().int(),
      /** New sessions get it. */
      serves: z.boolean(),
      ready: z.number().int(),
      inUse: z.number().int(),
      starting: z.number().int(),
      off: z.number().int(),
    }),
  ),
  networks: z.array(hostNetworkSchema),
  /** What was found when it was last looked after, in words. */
  look: z.string().nullable(),
  machines: z.object({
    ready: z.number().int(),
    inUse: z.number().int(),
    starting: z.number().int(),
    /** Switched off, or on the way there: machines of people's own that nobody uses now. */
    off: z.number().int(),
  }),
});

export const poolInput = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/, 'Small letters, digits and hyphens, at most 31'),
  /** The image's name. */
  image: z.string().min(1).max(100),
  kind: z.enum(['pooled', 'persistent']).default('pooled'),
  title: settings.title,
  description: settings.description.default(''),
  closedReason: settings.closedReason.default(null),
  imageVersionId: settings.imageVersionId.default(null),
  cpus: settings.cpus.default(2),
  memoryMib: settings.memoryMib.default(2_048),
  /** Left out: 1, and none of people's own. */
  readyCount: settings.readyCount.optional(),
  machinesMax: settings.machinesMax.default(10),
  machineName: settings.machineName.default('{pool}-{random}'),
  limits: poolLimitsSchema.partial().default({}),
  network: poolNetworkInput.prefault({ kind: 'nat' }),
  display: poolDisplaySchema.partial().default({}),
  hours: settings.hours.default([]),
  learns: settings.learns.default(true),
  timeZone: settings.timeZone.default('UTC'),
  disconnectTimeoutS: settings.disconnectTimeoutS.default(28_800),
  idleTimeoutS: settings.idleTimeoutS.default(null),
  diskKind: settings.diskKind.default('linked'),
  powerOffAfterS: settings.powerOffAfterS.default(1_800),
  profileGib: settings.profileGib.default(null),
  maintenance: settings.maintenance.default(null),
});

export const poolUpdateInput = z.object(settings).partial().extend({
  id,
  limits: poolLimitsSchema.partial().optional(),
  network: poolNetworkInput.optional(),
  display: poolDisplaySchema.partial().optional(),
});

/** How many machines a pool keeps ready through its local day, and what asks for them. */
export const poolDemandSchema = z.object({
  timeZone: z.string(),
  /** 1 is Monday. */
  weekday: z.number().int(),
  /** Minutes since midnight, now. */
  minute: z.number().int(),
  /** What is kept now, and why. */
  now: z.object({ readyCount: z.number().int(), reason: z.string() }),
  slots: z.array(
    z.object({
      /** Minutes since midnight in `timeZone`. */
      fromMinute: z.number().int(),
      readyCount: z.number().int(),
      reason: z.string(),
      /** What the weeks before ask for here, also where it is less than what is kept anyway. */
      learned: z.number().int(),
      /** Who came in this quarter of an hour and the next, a week ago, two weeks ago …; known weeks only. */
      past: z.array(z.number().int()),
      /** Who came in this quarter of an hour today; null: it has not begun. */
      today: z.number().int().nullable(),
    }),
  ),
});
