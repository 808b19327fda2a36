import type {
  Host,
  Image,
  LoopStatus,
  Pool,
  Quarantined,
  Session,
  Status,
  Template,
} from '../../api/client.ts';

/** What is known; what who looks may not see is undefined, and not judged. */
export type Facts = {
  status: Status;
  hosts: readonly Host[] | undefined;
  images: readonly Image[] | undefined;
  templates: readonly Template[] | undefined;
  pools: readonly Pool[] | undefined;
  sessions: readonly Session[] | undefined;
  quarantine: readonly Quarantined[] | undefined;
  loops: readonly LoopStatus[] | undefined;
};

export type Check = {
  name: string;
  verdict: 'good' | 'busy' | 'bad';
  says: string;
  /** One line for each thing that is not as it should be, with its reason. */
  reasons: readonly string[];
  to?: '/admin/hosts' | '/admin/images' | '/admin/pools' | '/admin/sessions';
};

const REASONS_MAX = 6;

/** Whether everything is all right, part by part. */
export function checksOf(facts: Facts): Check[] {
  return [
    ...(facts.status.stopped ? [STOPPED] : []),
    ...of(facts.hosts, hostsCheck),
    ...of(facts.images, imagesCheck),
    ...of(facts.templates, templatesCheck),
    ...of(facts.pools, poolsCheck),
    ...of(facts.sessions, sessionsCheck),
    ...of(facts.quarantine, quarantineCheck),
    ...of(facts.loops, loopsCheck),
  ];
}

const of = <T>(known: T | undefined, check: (known: T) => Check): Check[] =>
  known === undefined ? [] : [check(known)];

const STOPPED: Check = {
  name: 'Orangery',
  verdict: 'bad',
  says: 'Stopped by an administrator: nothing runs on any host.',
  reasons: ['Start it again with "./orangery up".'],
};

const because = (name: string, phase: string, reason: string | null): string =>
  reason === null ? `${name} is ${phase}` : `${name} is ${phase}: ${reason}`;

function judge<T extends { phase: string }>(
  list: readonly T[],
  bad: readonly string[],
): { verdict: Check['verdict']; ready: number; rest: T[] } {
  const rest = list.filter(({ phase }) => phase !== 'ready');
  const failed = rest.some(({ phase }) => bad.includes(phase));
  return {
    verdict: failed ? 'bad' : rest.length > 0 ? 'busy' : 'good',
    ready: list.length - rest.length,
    rest,
  };
}

function hostsCheck(hosts: readonly Host[]): Check {
  const { verdict, ready, rest } = judge(hosts, ['unreachable', 'unusable', 'stopped']);
  const slow = hosts.filter(({ facts }) => facts?.accelerator === 'tcg');
  return {
    name: 'Hosts',
    verdict: hosts.length === 0 ? 'bad' : verdict,
    says: hosts.length === 0 ? 'There is no host to run anything on.' : `${ready} of ${hosts.length} ready`,
    reasons: [
      ...rest.map(({ name, phase, reason }) => because(name, phase, reason)),
      ...slow.map(
        ({ name }) => `${name} emulates its machines: they are slow. Turn virtualization on, if it has it.`,
      ),
    ].slice(0, REASONS_MAX),
    to: '/admin/hosts',
  };
}

function imagesCheck(images: readonly Image[]): Check {
  const newest = images.flatMap(({ title, versions }) =>
    versions
      .filter(({ current, phase }) => current || phase !== 'ready')
      .map((version) => ({ ...version, title })),
  );
  const { verdict, ready, rest } = judge(newest, ['failed']);
  return {
    name: 'Images',
    verdict: newest.length === 0 ? 'busy' : verdict,
    says: newest.length === 0 ? 'None yet' : `${ready} of ${newest.length} ready`,
    reasons: rest
      .map(({ title, version, phase, reason }) => because(`${title}, version ${version},`, phase, reason))
      .slice(0, REASONS_MAX),
    to: '/admin/images',
  };
}

function templatesCheck(templates: readonly Template[]): Check {
  const { verdict, ready, rest } = judge(templates, ['failed']);
  return {
    name: 'Templates',
    verdict: templates.length === 0 ? 'busy' : verdict,
    says: templates.length === 0 ? 'None yet' : `${ready} of ${templates.length} ready`,
    reasons: rest
      .map(({ image, host, phase, reason }) => because(`${image} on ${host}`, phase, reason))
      .slice(0, REASONS_MAX),
    to: '/admin/images',
  };
}

function poolsCheck(pools: readonly Pool[]): Check {
  const short = pools.filter(({ machines, readyCount }) => machines.ready < readyCount);
  const ready = pools.reduce((sum, { machines }) => sum + machines.ready, 0);
  return {
    name: 'Pools',
    verdict: pools.length === 0 || short.length > 0 ? 'busy' : 'good',
    says:
      pools.length === 0 ? 'None yet' : `${ready} ${ready === 1 ? 'machine' : 'machines'} ready for people`,
    reasons: short
      .map(({ title, machines, readyCount }) => {
        const making = machines.starting > 0 ? `, ${machines.starting} being made` : '';
        return `${title} has ${machines.ready} of ${readyCount} ready${making}`;
      })
      .slice(0, REASONS_MAX),
    to: '/admin/pools',
  };
}

function sessionsCheck(sessions: readonly Session[]): Check {
  const waiting = sessions.filter(({ phase }) => phase === 'waiting');
  const connected = sessions.filter(({ phase }) => phase === 'connected').length;
  return {
    name: 'Sessions',
    verdict: waiting.length > 0 ? 'busy' : 'good',
    says:
      sessions.length === 0 ? 'Nobody works now' : `${sessions.length} live, ${connected} in a browser now`,
    reasons: waiting
      .map(({ person, title, reason }) => `${person} waits for ${title}: ${reason}`)
      .slice(0, REASONS_MAX),
    to: '/admin/sessions',
  };
}

function quarantineCheck(quarantine: readonly Quarantined[]): Check {
  return {
    name: 'Quarantine',
    verdict: quarantine.length > 0 ? 'bad' : 'good',
    says:
      quarantine.length === 0
        ? 'Empty'
        : `${quarantine.length} found with our mark that nothing knows of. They are left alone.`,
    reasons: quarantine.map(({ kind, name, host }) => `${kind} ${name} on ${host}`).slice(0, REASONS_MAX),
  };
}

function loopsCheck(loops: readonly LoopStatus[]): Check {
  const failed = loops.filter(({ outcome }) => outcome === 'failed');
  return {
    name: 'Loops',
    verdict: failed.length > 0 ? 'bad' : 'good',
    says: failed.length === 0 ? 'All at work' : `${failed.length} failed at their last turn; they try again`,
    reasons: failed
      .map(({ loop, key, detail }) => `${loop} ${key.slice(0, 8)}: ${detail}`)
      .slice(0, REASONS_MAX),
  };
}
