-- Desktop pools: what a machine of a pool may take, how long sessions last, machines of a person's own, and disks that
-- follow a person from machine to machine.

create function nudge_all() returns trigger language plpgsql as $$
begin
  perform pg_notify('orangery_nudge', tg_argv[0] || ':');
  return null;
end $$;

alter table pool
  add column description text not null default '' check (length(description) <= 2000),
  -- Closed to new sessions: those that run go on.
  add column closed_reason text check (length(closed_reason) between 1 and 500),
  -- absent: no new sessions and no machines any more; the row goes with the last machine.
  add column desired text not null default 'present' check (desired in ('present', 'absent')),
  -- The version its machines are made from; null follows the image's current one.
  add column image_version_id uuid references image_version (id),
  -- {number} counts, {random} is six hexadecimal digits, {person} is the owner's name.
  add column machine_name text not null default '{pool}-{random}'
    check (machine_name ~ '^[a-z0-9{}-]{1,60}$'),
  -- linked: the machine's disk stands on the image's; full: it is a copy.
  add column disk_kind text not null default 'linked' check (disk_kind in ('linked', 'full')),
  -- Limits of each machine; null is the hypervisor's default.
  add column cpu_shares integer check (cpu_shares between 2 and 10000),
  add column cpu_cap_percent integer check (cpu_cap_percent between 1 and 25600),
  add column memory_locked boolean not null default false,
  add column read_mib_per_s integer check (read_mib_per_s between 1 and 100000),
  add column write_mib_per_s integer check (write_mib_per_s between 1 and 100000),
  add column iops integer check (iops between 10 and 1000000),
  -- Ends a session in which nobody typed or pointed; null never does.
  add column idle_timeout_s integer check (idle_timeout_s >= 60),
  -- A persistent machine is shut down this long after its session ended; null keeps it on.
  add column power_off_after_s integer default 1800 check (power_off_after_s >= 0),
  -- What follows a person; null: nothing that a person saves outlives a pooled machine.
  add column profile_gib integer check (profile_gib between 1 and 16384);

-- A pool that is gone keeps its row for what refers to it; its name is free again.
alter table pool drop constraint pool_tenant_id_name_key;
create unique index pool_name on pool (tenant_id, name) where desired = 'present';

alter table image_version
  add column notes text not null default '' check (length(notes) <= 5000),
  -- absent: its volumes and its file go, then its row.
  add column desired text not null default 'ready' check (desired in ('ready', 'absent'));
create trigger nudge_desired after update of desired on image_version
  for each row execute function nudge('images');
create trigger nudge_current after update of current on image_version
  for each statement execute function nudge_all('pools');

-- More machines ready at certain hours.
create table pool_schedule (
  id uuid primary key default gen_random_uuid(),
  pool_id uuid not null references pool (id) on delete cascade,
  -- 1 is Monday.
  weekdays integer[] not null check (weekdays <@ array[1, 2, 3, 4, 5, 6, 7] and cardinality(weekdays) > 0),
  from_minute integer not null check (from_minute between 0 and 1439),
  until_minute integer not null check (until_minute between 1 and 1440 and until_minute > from_minute),
  time_zone text not null,
  ready_count integer not null check (ready_count between 0 and 10000)
);
create index on pool_schedule (pool_id);

-- A person's own volume: one each, on one host's storage, with one writer at most.
create table profile_disk (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references tenant (id),
  principal_id uuid not null unique references principal (id),
  host_id uuid not null references host (id),
  size_gib integer not null check (size_gib between 1 and 16384),
  -- The machine that holds it: claimed before it is plugged in, given back when it is proven out.
  machine_id uuid unique references machine (id),
  claimed_at timestamptz,
  -- false from the moment a guest mounts it until one has unmounted it: the next one checks it first.
  clean boolean not null default true,
  used_bytes bigint,
  reason text,
  created_at timestamptz not null default now(),
  attached_at timestamptz,
  released_at timestamptz
);
create index on profile_disk (host_id);

alter table machine
  -- Set for machines of persistent pools: whose it is.
  add column principal_id uuid references principal (id),
  add column image_version_id uuid references image_version (id),
  -- Since when the person's own files, name, language and time zone are what the session shows.
  add column adopted_at timestamptz,
  -- off: only its disk is there.
  add column power text not null default 'on' check (power in ('on', 'off')),
  -- Since when nobody uses it, where it outlives its sessions.
  add column released_at timestamptz,
  alter column template_id drop not null;
update machine set image_version_id = (select image_version_id from template where template.id = machine.template_id);
alter table machine
  drop constraint machine_phase_check,
  add constraint machine_phase_check check (
    phase in ('planned', 'cloning', 'booting', 'identifying', 'ready', 'stopping', 'off', 'failed', 'deleting'));
create unique index machine_one_of_person on machine (pool_id, principal_id) where desired = 'running';

alter table session
  -- conflict: the disk is in use elsewhere, and the person has not chosen yet.
  add column profile text not null default 'none' check (profile in ('none', 'disk', 'conflict')),
  -- When somebody last typed or pointed, to within half a minute.
  add column last_input_at timestamptz,
  -- {"language":…,"timeZone":…,"keyboard":…} as the browser told.
  add column locale jsonb;

create trigger announce_adopted after update of adopted_at on machine
  for each row execute function announce('machine');
create trigger announce_profile after update of profile on session
  for each row execute function announce('session');
create trigger nudge_settings after update of desired, image_version_id, cpus, memory_mib, closed_reason on pool
  for each row execute function nudge('pools');
create trigger nudge_power after update of power, taken_at on machine
  for each row when (old.power is distinct from new.power or old.taken_at is distinct from new.taken_at)
  execute function nudge('machines');
-- A session that has what it needs is nobody's work: each notice is a lock that all commits share.
drop trigger nudge on session;
create trigger nudge after update of phase on session for each row execute function nudge('sessions');
create trigger nudge_new after insert on session
  for each row when (new.machine_id is null or new.profile <> 'none') execute function nudge('sessions');

-- In the morning everybody comes at once: the free machine of a pool, and who waits in it, are found without a search.
create index machine_free on machine (pool_id, created_at)
  where taken_at is null and desired = 'running' and phase = 'ready';
create index session_waiting on session (pool_id, created_at, id) where ended_at is null and machine_id is null;
