import { storagePoolName, volumeOwner } from '@orangery/control';
import { type HostDriver, openKvmDriver } from '@orangery/hypervisor';
import { type HostChannel, LocalChannel } from '@orangery/libvirt';
import { silentLog, systemClock, systemRng } from '@orangery/std';
import type { Installation } from '../installation.ts';

/** Looks at a host's hypervisor past the server, to compare it with the rows. */
export async function openHost(
  installation: Installation,
  channel: HostChannel = new LocalChannel({ clock: systemClock }),
): Promise<HostDriver> {
  return openKvmDriver({
    channel,
    installationId: await installationIdOf(installation),
    clock: systemClock,
    rng: systemRng,
    log: silentLog,
  });
}

export async function installationIdOf({ db }: Installation): Promise<string> {
  return (await db.selectFrom('installation').select('id').executeTakeFirstOrThrow()).id;
}

/** Whether the loops have nothing left to do: every row is what it should be. */
export async function isSettled({ db }: Installation): Promise<boolean> {
  const open = await db.selectFrom('machine_maintenance').selectAll().where('ended_at', 'is', null).execute();
  const [machines, templates, sessions, pools, versions, rollouts, drafts] = await Promise.all([
    db.selectFrom('machine').selectAll().execute(),
    db.selectFrom('template').selectAll().execute(),
    db.selectFrom('session').selectAll().where('ended_at', 'is', null).execute(),
    db.selectFrom('pool').selectAll().execute(),
    db.selectFrom('image_version').selectAll().execute(),
    db.selectFrom('rollout').selectAll().execute(),
    db.selectFrom('draft').selectAll().execute(),
  ]);
  const networks = await db.selectFrom('host_network').select('phase').execute();
  const isReady = ({ phase, desired }: { phase: string; desired: string }): boolean =>
    phase === 'ready' && desired !== 'absent';
  const pooled = machines.filter(({ principal_id }) => principal_id === null);
  const own = machines.filter(({ principal_id }) => principal_id !== null);
  const kept = pools.filter(({ kind, desired }) => kind === 'pooled' && desired === 'present');
  const current = new Set<string | null>(versions.filter((version) => version.current).map(({ id }) => id));
  const served = new Set(pools.map((pool) => pool.serves_version_id));
  const newest = new Set(templates.filter((row) => served.has(row.image_version_id)).map(({ id }) => id));
  const stopped = new Set(rollouts.filter(({ phase }) => phase === 'stopped').map((each) => each.pool_id));
  return (
    rollouts.every(({ phase }) => phase !== 'rolling') &&
    kept.every(({ id, serves_version_id }) => current.has(serves_version_id) || stopped.has(id)) &&
    versions.every(
      ({ phase, desired }) => (phase === 'ready' || phase === 'authoring') && desired === 'ready',
    ) &&
    drafts.every(({ phase, desired }) => phase === 'open' && desired === 'open') &&
    // Those whose moment comes later.
    open.every(({ phase, asked_by }) => phase === 'planned' && asked_by === null) &&
    templates.length > 0 &&
    templates.every(isReady) &&
    networks.every(({ phase }) => phase === 'ready') &&
    pooled.every(isReady) &&
    own.every(
      ({ phase, power, desired, restart }) =>
        desired === 'running' && restart === null && phase === (power === 'on' ? 'ready' : 'off'),
    ) &&
    // Who brings files sees them, and who has left has let go of them.
    sessions.every(({ profile, machine_id }) => {
      const machine = machines.find(({ id }) => id === machine_id);
      return profile !== 'disk' || machine === undefined || machine.adopted_at !== null;
    }) &&
    sessions.every(({ mode, machine_id }) => {
      const machine = machines.find(({ id }) => id === machine_id);
      return machine === undefined || machine.arranged === mode;
    }) &&
    // Free ones of an older image are yet to be replaced.
    pooled.every(({ taken_at, template_id }) => taken_at !== null || newest.has(template_id ?? '')) &&
    sessions.every(({ machine_id }) => machine_id !== null) &&
    kept.every(
      (pool) =>
        pooled.filter(({ pool_id, taken_at }) => pool_id === pool.id && taken_at === null).length ===
        pool.ready_count,
    )
  );
}

/**
 * What is out of order once the loops have settled: anything twice, lost or left. Empty when all is well, so that a test
 * shows everything at once.
 */
export async function disorder(installation: Installation, host: HostDriver): Promise<string[]> {
  const { db } = installation;
  const id = await installationIdOf(installation);
  const [machines, templates, versions, sessions, quarantine, usage, profiles, drafts] = await Promise.all([
    db.selectFrom('machine').selectAll().execute(),
    db.selectFrom('template').selectAll().execute(),
    db.selectFrom('image_version').selectAll().execute(),
    db.selectFrom('session').selectAll().where('ended_at', 'is', null).execute(),
    db.selectFrom('quarantine').selectAll().execute(),
    db.selectFrom('usage_event').selectAll().orderBy('id').execute(),
    db.selectFrom('profile_disk').selectAll().execute(),
    db.selectFrom('draft').selectAll().execute(),
  ]);
  const wrong: string[] = [];
  const rows = new Set([...machines, ...templates, ...versions, ...profiles].map((row) => row.id));

  const domains = (await host.machines.list()).filter(({ mark }) => mark?.installationId === id);
  for (const domain of domains) {
    if (domain.mark?.kind === 'probe') continue;
    if (!rows.has(domain.id)) wrong.push(`left: domain ${domain.name} has no row`);
    if (versions.some(({ id, phase }) => id === domain.id && phase !== 'authoring'))
      wrong.push(`left: the draft ${domain.name} still runs`);
    if (templates.some((template) => template.id === domain.id))
      wrong.push(`left: the template ${domain.name} still runs`);
  }
  for (const machine of machines) {
    const running = domains.filter((domain) => domain.id === machine.id);
    if (machine.power === 'off') {
      if (running.length > 0) wrong.push(`${machine.name} is off, and runs`);
    } else if (running.length !== 1) wrong.push(`${machine.name} has ${running.length} domains`);
    else if (running[0]?.state !== 'running') wrong.push(`${machine.name} is ${running[0]?.state}`);
  }

  const volumes = await host.storage.list(storagePoolName(id));
  const names = volumes.map(({ name }) => name);
  for (const name of names) {
    const owner = volumeOwner(name);
    if (owner !== undefined && !rows.has(owner.id)) wrong.push(`left: volume ${name} has no row`);
    const ofDraft = owner !== undefined && ['draft', 'flat', 'medium'].includes(owner.kind);
    if (ofDraft && !drafts.some(({ version_id }) => version_id === owner.id))
      wrong.push(`left: volume ${name} has no draft`);
  }
  const expected = [
    ...machines.map((row) => `machine-${row.id}.qcow2`),
    ...profiles.filter((row) => row.attached_at !== null).map((row) => `profile-${row.id}.qcow2`),
    ...templates.flatMap((row) => [`template-${row.id}.qcow2`, `template-${row.id}.save`]),
  ];
  for (const name of expected) if (!names.includes(name)) wrong.push(`lost: volume ${name}`);

  for (const machine of machines) {
    const holders = sessions.filter(({ machine_id }) => machine_id === machine.id).length;
    if (holders > 1) wrong.push(`twice: ${machine.name} has ${holders} sessions`);
    if (machine.taken_at !== null && holders === 0) wrong.push(`left: ${machine.name} is taken by nobody`);
    if (machine.taken_at === null && holders > 0) wrong.push(`${machine.name} is used but not taken`);
  }
  for (const { id: disk, machine_id: holder } of profiles) {
    const used = sessions.filter(({ machine_id }) => machine_id === holder);
    if (holder !== null && used.length !== 1) wrong.push(`left: profile disk ${disk} is held for nobody`);
  }
  for (const item of quarantine) wrong.push(`quarantine holds ${item.kind} ${item.name}`);

  for (const [subject, kinds] of ofMachines(usage)) {
    const machine = machines.find(({ id }) => id === subject);
    const runs = machine?.power === 'on';
    const inTurn = kinds.every((kind, turn) => kind === (turn % 2 === 0 ? 'started' : 'stopped'));
    const told = usage.some((event) => event.subject_id === subject && event.principal_id !== null);
    // Only one's own is started more than once.
    const once = told || kinds.filter((kind) => kind === 'started').length === 1;
    if (!inTurn || !once || (kinds.at(-1) === 'started') !== runs)
      wrong.push(`usage of ${machine?.name ?? subject}: ${kinds.join(', ')}`);
  }
  for (const { id, name, power } of machines)
    if (power === 'on' && !ofMachines(usage).has(id)) wrong.push(`usage of ${name}: none`);
  return wrong;
}

/** When each machine was on, as usage tells it. */
function ofMachines(usage: readonly { kind: string; subject_id: string | null }[]): Map<string, string[]> {
  const told = new Map<string, string[]>();
  for (const { kind, subject_id: subject } of usage) {
    const [, turn] = /^machine\.(started|stopped)$/.exec(kind) ?? [];
    if (subject === null || turn === undefined) continue;
    told.set(subject, [...(told.get(subject) ?? []), turn]);
  }
  return told;
}
