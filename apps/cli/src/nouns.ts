import { allOf } from '@orangery/contract';
import { invariant } from '@orangery/std';
import type { Command } from 'commander';
import { type Api, callerOf } from './api.ts';
import { directoryNamed, poolNamed, principalNamed } from './names.ts';
import { quotaInWords } from './quotas.ts';
import { printTable, type Row } from './table.ts';

/** What narrows a list, as the command line has it. */
type Filters = { pool?: string; user?: string; search?: string };

/** What a noun's rows show on a terminal; `--json` prints all there is. */
type Noun = {
  name: string;
  list: (api: Api, filters: Filters) => Promise<object[]>;
  filters?: readonly { flag: string; summary: string }[];
  row: (item: never) => Row;
  show?: (api: Api, id: string) => Promise<object>;
  verbs?: { name: string; summary: string; run: (api: Api, id: string) => Promise<object> }[];
};

function noun<T extends object>(definition: {
  name: string;
  list: (api: Api, filters: Filters) => Promise<T[]>;
  filters?: Noun['filters'];
  row: (item: T) => Row;
  show?: (api: Api, id: string) => Promise<object>;
  verbs?: Noun['verbs'];
}): Noun {
  return definition;
}

const nouns: readonly Noun[] = [
  noun({
    name: 'host',
    list: (api) => api.hosts.list(),
    show: (api, id) => api.hosts.show({ id }),
    row: (host) => ({
      id: host.id,
      name: host.name,
      address: host.address,
      state: host.phase,
      hypervisor:
        host.facts === null
          ? ''
          : `${host.facts.hypervisor} ${host.facts.hypervisorVersion} ${host.facts.accelerator}`,
      reason: host.reason ?? '',
    }),
  }),
  noun({
    name: 'storage',
    list: (api) => api.storage.list(),
    row: ({ id, host, path, capacityBytes, availableBytes, dedupe }) => ({
      id,
      host,
      path,
      free: availableBytes === null ? '' : `${Math.round(availableBytes / 2 ** 30)} GiB`,
      of: capacityBytes === null ? '' : `${Math.round(capacityBytes / 2 ** 30)} GiB`,
      'gave back': `${(dedupe.savedBytes / 2 ** 30).toFixed(2)} GiB`,
      dedupe: dedupe.obstacle ?? (dedupe.enabled ? `next ${dedupe.nextAt ?? 'now'}` : 'when asked'),
    }),
  }),
  noun({
    name: 'image',
    list: (api) => api.images.list(),
    row: (image) => {
      const current = image.versions.find((version) => version.current) ?? image.versions[0];
      return {
        id: image.id,
        name: image.name,
        version: current?.version ?? '',
        state: current?.phase ?? '',
        reason: current?.reason ?? '',
      };
    },
  }),
  noun({
    name: 'template',
    list: (api) => api.templates.list(),
    row: (template) => ({
      id: template.id,
      image: template.image,
      version: template.version,
      host: template.host,
      state: template.phase,
      reason: template.reason ?? '',
    }),
  }),
  noun({
    name: 'pool',
    list: (api) => api.pools.list(),
    row: (pool) => ({
      id: pool.id,
      name: pool.name,
      image: pool.image,
      kind: pool.kind,
      ready: pool.kind === 'persistent' ? pool.machines.ready : `${pool.machines.ready}/${pool.readyCount}`,
      'in use': pool.machines.inUse,
      starting: pool.machines.starting,
      off: pool.machines.off,
      max: pool.machinesMax,
      closed: pool.closedReason ?? '',
    }),
  }),
  noun({
    name: 'application',
    list: (api) => api.applications.list(),
    row: (application) => ({
      id: application.id,
      name: application.name,
      title: application.title,
      pool: application.pool.name,
      program: application.program,
      people: application.people,
      fault: application.offered ? '' : 'its image does not have it now',
    }),
  }),
  noun({
    name: 'machine',
    list: (api, { search }) =>
      allOf((page) => api.machines.list({ ...page, ...(search === undefined ? {} : { search }) })),
    filters: [{ flag: '--search <text>', summary: 'whose name, pool, host, person or state holds the text' }],
    show: (api, id) => api.machines.show({ id }),
    row: (machine) => ({
      id: machine.id,
      name: machine.name,
      host: machine.host,
      state: machine.phase,
      person: machine.person ?? '',
      owner: machine.owner ?? '',
      reason: machine.reason ?? '',
    }),
    verbs: [
      {
        name: 'delete',
        summary: 'throws the machine away, with its disk; its pool replaces it',
        run: (api, id) => api.machines.delete({ id }),
      },
    ],
  }),
  noun({
    name: 'session',
    list: (api) => allOf((page) => api.sessions.list(page)),
    show: (api, id) => api.sessions.show({ id }),
    row: (session) => ({
      id: session.id,
      desktop: session.title,
      person: session.person,
      machine: session.machine?.name ?? '',
      state: session.phase,
      device: session.viewer === null ? '' : `${session.viewer.device}, ${session.viewer.address}`,
      reason: session.reason,
    }),
    verbs: [{ name: 'end', summary: 'logs the session off', run: (api, id) => api.sessions.end({ id }) }],
  }),
  noun({
    name: 'task',
    list: (api, { search }) =>
      allOf((page) => api.tasks.list({ ...page, ...(search === undefined ? {} : { search }) })),
    filters: [
      { flag: '--search <text>', summary: 'only those with this in what is done, to what, or why it failed' },
    ],
    show: (api, id) => api.tasks.show({ id }),
    row: ({ id, what, title, state, progress, reason }) => ({
      id,
      task: what,
      of: title,
      state: progress === null ? state : `${Math.round(progress.fraction * 100)} % of ${progress.step}`,
      reason: reason ?? '',
    }),
    verbs: [
      { name: 'cancel', summary: 'stops it', run: (api, id) => api.tasks.cancel({ id }) },
      { name: 'retry', summary: 'tries it again', run: (api, id) => api.tasks.retry({ id }) },
    ],
  }),
  noun({
    name: 'user',
    list: (api, { search }) =>
      allOf((page) => api.users.list({ ...page, ...(search === undefined ? {} : { search }) })),
    filters: [{ flag: '--search <text>', summary: 'only those with this in their name or e-mail address' }],
    row: (user) => ({
      id: user.id,
      name: user.name,
      email: user.email ?? '',
      roles: user.roles.join(', '),
      from: user.source === 'local' ? '' : user.source,
    }),
  }),
  noun({
    name: 'directory',
    list: (api) => api.directories.list(),
    show: async (api, id) => api.directories.show({ id: await directoryNamed(api, id) }),
    row: ({ id, name, title, settings, people, groups, enabled, status }) => ({
      id,
      name,
      title,
      kind: settings.kind,
      people,
      groups,
      state: enabled ? (status?.detail ?? 'not looked at yet') : 'turned off',
    }),
  }),
  noun({
    name: 'group',
    list: (api, { search }) =>
      allOf((page) => api.groups.list({ ...page, ...(search === undefined ? {} : { search }) })),
    filters: [{ flag: '--search <text>', summary: 'only those with this in their name' }],
    row: ({ id, name, source, members, pools, applications }) => ({
      id,
      name,
      from: source === 'local' ? '' : source,
      members,
      pools,
      applications,
    }),
  }),
  noun({
    name: 'entitlement',
    list: async (api, { pool, user }) => {
      const of = {
        ...(pool === undefined ? {} : { poolId: await poolNamed(api, pool) }),
        ...(user === undefined ? {} : { principalId: await principalNamed(api, user) }),
      };
      return allOf((page) => api.entitlements.list({ ...of, ...page }));
    },
    filters: [
      { flag: '--pool <pool>', summary: 'only those of this pool, by its name or id' },
      {
        flag: '--user <user>',
        summary: 'only those of this person, by e-mail or id, or group, by its name or id',
      },
    ],
    row: ({ id, pool, principal, session }) => ({
      id,
      pool: pool.title,
      user: principal.name,
      is: principal.members === null ? (principal.email ?? '') : `group of ${principal.members}`,
      session: session?.phase ?? '',
    }),
    verbs: [
      {
        name: 'remove',
        summary: 'takes it back; what is open goes on until it is left',
        run: (api, id) => api.entitlements.remove({ id }),
      },
    ],
  }),
  noun({
    name: 'tenant',
    list: (api) => api.tenants.list(),
    row: ({ id, name, has, suspended }) => ({
      id,
      name,
      people: has.people,
      pools: has.pools,
      machines: has.machines,
      sessions: has.sessions,
      suspended: suspended === null ? '' : (suspended.reason ?? 'yes'),
    }),
  }),
  noun({
    name: 'quota',
    list: (api) => api.quotas.list(),
    row: ({ id, scope, principal, limits, used }) => ({
      id,
      of: principal?.name ?? (scope === 'tenant' ? 'the tenant' : 'each person'),
      ...quotaInWords(limits, used),
    }),
    verbs: [{ name: 'remove', summary: 'it limits no more', run: (api, id) => api.quotas.remove({ id }) }],
  }),
  noun({
    name: 'audit',
    list: async (api) => (await api.audit.list({ limit: 200 })).items,
    row: (event) => ({
      at: event.at,
      actor: event.actor,
      action: event.action,
      subject: `${event.subjectKind} ${event.subjectId}`,
      outcome: event.outcome,
    }),
  }),
];

/** Adds each noun with its verbs; returns the command of one, for verbs that take more than an id. */
export function addNouns(program: Command, stateOf: () => string): (name: string) => Command {
  const commands = new Map<string, Command>();
  const call = callerOf(stateOf);
  for (const { name, list, filters = [], row, show, verbs } of nouns) {
    const plural = `${name.replace(/y$/, 'ie')}s`;
    const command = program.command(name).description(plural);
    commands.set(name, command);
    const lists = command
      .command('list')
      .description(`all ${plural}`)
      .option('--json', 'one JSON document')
      .action(({ json = false, ...narrow }: { json?: boolean } & Filters) =>
        call(async (api) => {
          const items = await list(api, narrow);
          if (json) process.stdout.write(`${JSON.stringify(items, null, 2)}\n`);
          else
            printTable(
              items.map((item) => row(item as never)),
              process.stdout,
            );
        }),
      );
    for (const { flag, summary } of filters) lists.option(flag, summary);
    if (show !== undefined) {
      command
        .command('show <id>')
        .description(`one ${name}`)
        .option('--json', 'one JSON document')
        .action((id: string) =>
          call(async (api) => void process.stdout.write(`${JSON.stringify(await show(api, id), null, 2)}\n`)),
        );
    }
    for (const verb of verbs ?? []) {
      command
        .command(`${verb.name} <id>`)
        .description(verb.summary)
        .option('--json', 'one JSON document')
        .action((id: string, { json = false }: { json?: boolean }) =>
          call(async (api) => {
            const result = await verb.run(api, id);
            process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `${verb.name}: done\n`);
          }),
        );
    }
  }
  return (name) => {
    const command = commands.get(name);
    invariant(command !== undefined, `there is a noun ${name}`);
    return command;
  };
}
