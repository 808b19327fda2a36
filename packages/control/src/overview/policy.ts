import type { checkSchema, findingSchema, overviewSchema, placeSchema, verdicts } from '@orangery/contract';
import type { z } from 'zod';
import type { Facts, PoolFacts, ServerFacts } from './facts.ts';

export type Overview = z.infer<typeof overviewSchema>;
type Check = z.infer<typeof checkSchema>;
type Told = z.infer<typeof findingSchema>;
type Finding = Omit<Told, 'retry'> & Partial<Pick<Told, 'retry'>>;
type Place = z.infer<typeof placeSchema>;
type Verdict = (typeof verdicts)[number];

const FINDINGS_MAX = 20;
const DAY_MS = 86_400_000;
/** Machines stand still where a disk is full; before that, clones find no room. */
const STORAGE_WARN = 0.8;
const STORAGE_BAD = 0.92;
/** PostgreSQL and images that are built stand here. */
const DISK_FREE_BAD = 2 * 2 ** 30;
const DISK_FREE_WARN = 12 * 2 ** 30;
const CERTIFICATE_WARN_DAYS = 21;
const CERTIFICATE_BAD_DAYS = 5;
/** Who waits longer waits for something that somebody has to do. */
const WAIT_BAD_MS = 5 * 60_000;

const GRAVITY: Record<Verdict, number> = { good: 0, busy: 1, warn: 2, bad: 3 };
const worst = (all: readonly Verdict[]): Verdict =>
  all.reduce<Verdict>((found, each) => (GRAVITY[each] > GRAVITY[found] ? each : found), 'good');

/** Whether everything is all right, and if not, what to do: part by part, the gravest first. */
export function decideOverview(facts: Facts): Overview {
  const {
    hosts,
    storage,
    server,
    images,
    templates,
    pools,
    failed,
    sessions,
    passwordAlone,
    quarantine,
    loops,
    mail,
  } = facts;
  const checks = [
    facts.stopped && stoppedCheck(),
    hosts && hostsCheck(hosts),
    storage && storageCheck(storage),
    server && serverCheck(server, facts.nowMs),
    images && templates && imagesCheck(images, templates),
    pools && poolsCheck(pools, facts.stopped),
    failed && machinesCheck(failed),
    sessions && sessionsCheck(sessions, facts.nowMs),
    passwordAlone && peopleCheck(passwordAlone),
    quarantine && quarantineCheck(quarantine),
    loops && loopsCheck(loops),
    mail && mailCheck(mail),
  ].filter((each) => typeof each === 'object');
  const sorted = checks.toSorted((a, b) => GRAVITY[b.verdict] - GRAVITY[a.verdict]);
  return { verdict: worst(sorted.map(({ verdict }) => verdict)), checks: sorted };
}

function check(
  name: string,
  says: string,
  findings: readonly Finding[],
  place: Place['page'] | undefined,
  least: Verdict = 'good',
): Check {
  const sorted = findings.toSorted((a, b) => GRAVITY[b.verdict] - GRAVITY[a.verdict]);
  return {
    name,
    says,
    verdict: worst([least, ...findings.map(({ verdict }) => verdict)]),
    findings: sorted.slice(0, FINDINGS_MAX).map((finding) => ({ retry: null, ...finding })),
    more: Math.max(0, sorted.length - FINDINGS_MAX),
    place: place === undefined ? null : { page: place, id: null },
  };
}

const at = (page: Place['page'], id: string | null = null): Place => ({ page, id });
const because = (what: string, reason: string | null): string =>
  reason === null || reason === '' ? what : `${what}: ${reason}`;
const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

function stoppedCheck(): Check {
  const finding: Finding = {
    verdict: 'bad',
    what: 'Nothing runs on any host: somebody stopped Orangery.',
    fix: './orangery up',
    place: null,
  };
  return check('Orangery', 'Stopped', [finding], undefined);
}

const HOST_FIXES: Readonly<Record<string, string>> = {
  unreachable: 'See that it is on and that its libvirt answers; its machines are waited for.',
  unusable: './orangery doctor tells what is missing on it.',
  stopped: './orangery up starts it again.',
};

function hostsCheck(hosts: NonNullable<Facts['hosts']>): Check {
  const findings = hosts.flatMap(({ id, name, phase, reason, emulated }): Finding[] => {
    if (phase === 'ready')
      return emulated
        ? [
            {
              verdict: 'warn',
              what: `${name} emulates its machines: they are slow`,
              fix: 'Turn VT-x or AMD-V on in its firmware, or nested virtualization on the host below.',
              place: at('hosts', id),
            },
          ]
        : [];
    const fix = HOST_FIXES[phase] ?? null;
    return [
      {
        verdict: fix === null ? 'busy' : 'bad',
        what: because(`${name} is ${phase}`, reason),
        fix,
        place: at('hosts', id),
      },
    ];
  });
  const ready = hosts.filter(({ phase }) => phase === 'ready').length;
  if (hosts.length > 0) return check('Hosts', `${ready} of ${hosts.length} ready`, findings, 'hosts');
  const none: Finding = {
    verdict: 'bad',
    what: 'There is no host to run anything on.',
    fix: './orangery host add',
    place: at('hosts'),
  };
  return check('Hosts', 'None', [none], 'hosts');
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(bytes < 10 * 2 ** 30 ? 1 : 0)} GiB`;

function storageCheck(storage: NonNullable<Facts['storage']>): Check {
  const shares = storage.map((each) => ({
    ...each,
    share: each.capacityBytes === 0 ? 1 : 1 - each.availableBytes / each.capacityBytes,
  }));
  const findings = shares
    .filter(({ share }) => share >= STORAGE_WARN)
    .map(({ id, host, share, availableBytes }): Finding => ({
      verdict: share >= STORAGE_BAD ? 'bad' : 'warn',
      what: `${host} is ${percent(share)} full, ${gib(availableBytes)} are free`,
      fix: 'Delete image versions that nothing uses, let equal content be stored once, or make the storage larger.',
      place: at('storage', id),
    }));
  const fullest = Math.max(0, ...shares.map(({ share }) => share));
  const says =
    storage.length === 0
      ? 'Not looked at yet'
      : `${percent(fullest)} full${storage.length > 1 ? ' at most' : ''}`;
  return check('Storage', says, findings, 'storage');
}

function serverCheck({ disk, certificate }: ServerFacts, nowMs: number): Check {
  const findings: Finding[] = [];
  if (disk.freeBytes < DISK_FREE_WARN)
    findings.push({
      verdict: disk.freeBytes < DISK_FREE_BAD ? 'bad' : 'warn',
      what: `${gib(disk.freeBytes)} are free where the server keeps its state`,
      fix: 'Free space there: the database stands still when it is full. An image that is built wants 12 GiB.',
      place: null,
    });
  const days = certificate === null ? undefined : Math.floor((certificate.endsMs - nowMs) / DAY_MS);
  if (certificate !== null && days !== undefined && days < CERTIFICATE_WARN_DAYS)
    findings.push({
      verdict: days < CERTIFICATE_BAD_DAYS ? 'bad' : 'warn',
      what:
        days < 0
          ? 'The certificate has expired: browsers refuse it'
          : `The certificate ends in ${count(days, 'day')}`,
      fix: certificate.own
        ? './orangery up makes a new one when it starts the server anew.'
        : 'Put a new one at tls/custom.crt and tls/custom.key in the state folder, and start the server anew.',
      place: null,
    });
  const says = [
    `${gib(disk.freeBytes)} free`,
    ...(days === undefined ? [] : [`certificate good for ${count(Math.max(0, days), 'day')}`]),
  ];
  return check('Server', says.join(', '), findings, undefined);
}

function imagesCheck(
  images: NonNullable<Facts['images']>,
  templates: NonNullable<Facts['templates']>,
): Check {
  const findings = [
    ...images.map(({ title, version, ...rest }) => ({
      ...rest,
      kind: 'image' as const,
      name: `${title}, version ${version},`,
    })),
    ...templates.map(({ image, host, ...rest }) => ({
      ...rest,
      kind: 'template' as const,
      again: rest.phase === 'failed',
      name: `The template of ${image} on ${host}`,
    })),
  ]
    .filter(({ phase }) => phase !== 'ready')
    .map(({ id, kind, name, phase, reason, again }): Finding => ({
      verdict: phase === 'failed' ? 'bad' : 'busy',
      what: because(phase === 'failed' ? `${name} failed` : `${name} is ${phase}`, reason),
      fix: phase === 'failed' ? 'Try it again, or delete the version.' : null,
      place: at('images'),
      retry: again ? { id, kind } : null,
    }));
  const ready = images.filter(({ phase }) => phase === 'ready').length;
  const says = images.length === 0 ? 'None yet' : `${ready} of ${images.length} ready`;
  return check('Images', says, findings, 'images', images.length === 0 ? 'busy' : 'good');
}

function poolFindings(pool: PoolFacts, stopped: boolean): Finding[] {
  const { id, title, ready, starting, readyCount, machines, machinesMax, closed } = pool;
  const place = at('pools', id);
  const findings: Finding[] = [];
  if (pool.rolloutStopped !== null)
    findings.push({
      verdict: 'bad',
      what: because(`${title}: the new version’s roll-out stopped`, pool.rolloutStopped.reason),
      fix: 'Try the version again, or go back to the one from before.',
      place,
      retry: { id: pool.rolloutStopped.id, kind: 'rollout' },
    });
  if (pool.failures !== null)
    findings.push({
      verdict: 'warn',
      what: because(
        `${title}: ${count(pool.failures.count, 'machine')} failed within a day, the last one`,
        pool.failures.reason,
      ),
      fix: 'Look at the picture of what its screen showed.',
      place,
    });
  if (pool.maintenanceFailed > 0)
    findings.push({
      verdict: 'warn',
      what: `${title}: the last maintenance of ${count(pool.maintenanceFailed, 'machine')} failed`,
      fix: 'See why, and run it again.',
      place: at('tasks'),
    });
  if (closed || stopped || pool.kind === 'persistent' || ready >= readyCount) return findings;
  if (machines >= machinesMax && ready === 0)
    findings.push({
      verdict: 'bad',
      what: `${title} is full: all ${machinesMax} machines are in use`,
      fix: 'Raise its limit, or see who left a session behind.',
      place,
    });
  else if (machines < machinesMax)
    findings.push({
      verdict: ready === 0 && starting === 0 ? 'warn' : 'busy',
      what: because(
        `${title} has ${ready} of ${readyCount} ready${starting > 0 ? `, ${starting} being made` : ''}`,
        starting > 0 ? null : pool.look,
      ),
      fix: null,
      place,
    });
  return findings;
}

function poolsCheck(pools: readonly PoolFacts[], stopped: boolean): Check {
  const ready = pools.reduce((sum, pool) => sum + pool.ready, 0);
  const inUse = pools.reduce((sum, pool) => sum + pool.inUse, 0);
  const findings = pools.flatMap((pool) => poolFindings(pool, stopped));
  const says =
    pools.length === 0 ? 'None yet' : `${count(ready, 'machine')} ready for people, ${inUse} in use`;
  return check('Pools', says, findings, 'pools', pools.length === 0 ? 'busy' : 'good');
}

function machinesCheck(failed: NonNullable<Facts['failed']>): Check {
  const findings = failed.map(({ id, name, pool, reason }): Finding => ({
    verdict: 'bad',
    what: because(`${name} of ${pool} failed`, reason),
    fix: 'It is tried again by itself; delete it if that does not help.',
    place: at('machines', id),
  }));
  const says = failed.length === 0 ? 'None has failed' : `${count(failed.length, 'machine')} failed`;
  return check('Machines', says, findings, 'machines');
}

function sessionsCheck(
  { connected, disconnected, waiting }: NonNullable<Facts['sessions']>,
  nowMs: number,
): Check {
  const findings = waiting.map(({ person, title, reason, sinceMs }): Finding => ({
    verdict: nowMs - sinceMs > WAIT_BAD_MS ? 'bad' : 'busy',
    what: because(`${person} waits for ${title}`, reason),
    fix: null,
    place: at('sessions'),
  }));
  const all = connected + disconnected + waiting.length;
  const says = all === 0 ? 'Nobody works now' : `${all} live, ${connected} in a browser now`;
  return check('Sessions', says, findings, 'sessions');
}

const NAMED_MAX = 3;

function peopleCheck(passwordAlone: readonly string[]): Check {
  const others = passwordAlone.length - NAMED_MAX;
  const who = [...passwordAlone.slice(0, NAMED_MAX), ...(others > 0 ? [`${others} more`] : [])].join(', ');
  const findings: Finding[] =
    passwordAlone.length === 0
      ? []
      : [
          {
            verdict: 'warn',
            what: `Who has a role signs in by a password alone: ${who}`,
            fix: 'Ask them to set up an authenticator or a passkey on their account’s page.',
            place: at('users'),
          },
        ];
  const says =
    passwordAlone.length === 0
      ? 'Who has a role has a second factor'
      : `${count(passwordAlone.length, 'person', 'people')} with a role and a password alone`;
  return check('Sign-in', says, findings, 'users');
}

function quarantineCheck(quarantine: NonNullable<Facts['quarantine']>): Check {
  const findings = quarantine.map(({ kind, name, host }): Finding => ({
    verdict: 'bad',
    what: `The ${kind} ${name} on ${host} bears our mark, and nothing knows of it`,
    fix: 'It is left alone. If nobody misses it, remove it on the host with virsh.',
    place: at('hosts'),
  }));
  return check(
    'Quarantine',
    quarantine.length === 0 ? 'Empty' : `${quarantine.length} found`,
    findings,
    'hosts',
  );
}

function loopsCheck(loops: NonNullable<Facts['loops']>): Check {
  const findings = loops.map(({ loop, key, detail }): Finding => ({
    verdict: 'bad',
    what: because(`${loop} ${key.slice(0, 8)}`.trim(), detail),
    fix: 'It is tried again by itself. If it stays so, its reason says what stands in the way.',
    place: null,
  }));
  return check(
    'Loops',
    loops.length === 0 ? 'All at work' : `${loops.length} failed at their last turn`,
    findings,
    undefined,
  );
}

function mailCheck({ setUp, waiting, reason }: NonNullable<Facts['mail']>): Check {
  if (!setUp) return check('Mail', 'Not set up: nobody can reset a password by mail', [], 'mail');
  const findings: Finding[] =
    waiting === 0
      ? []
      : [
          {
            verdict: 'bad',
            what: because(`${count(waiting, 'mail')} could not be sent`, reason),
            fix: 'Look at how mails are sent, and try one.',
            place: at('mail'),
          },
        ];
  return check('Mail', waiting === 0 ? 'Sent as they come' : `${waiting} wait`, findings, 'mail');
}
