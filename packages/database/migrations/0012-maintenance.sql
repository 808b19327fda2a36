-- What machines that are kept do once in each of their pool's windows: updates, scans, trimming of disks.

alter table pool
  -- {"weekdays":[1..7],"fromMinute":…,"lastsMinutes":…,"timeZone":…,"atATime":…,"limitMinutes":…,"switchesOn":…};
  -- null: never by itself.
  add column maintenance jsonb;
create trigger nudge_maintenance after update of maintenance on pool
  for each row when (old.maintenance is distinct from new.maintenance) execute function nudge('windows');

create table machine_maintenance (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references tenant (id),
  pool_id uuid not null references pool (id) on delete cascade,
  -- What was done stays known when the machine is no more.
  machine_id uuid references machine (id) on delete set null,
  host_id uuid references host (id) on delete set null,
  -- As they were called.
  machine text not null,
  -- The opening of the window that it belongs to; null: somebody asked for it outside of one.
  window_from timestamptz,
  -- Its end: of the window, or of the time that is given to one that was asked for.
  until timestamptz not null,
  due_at timestamptz not null,
  -- Who wanted it at once.
  asked_by text,
  -- Who wanted it to end.
  stopped_by text,
  -- What its work may take.
  limit_s integer not null check (limit_s > 0),
  phase text not null default 'planned' check (phase in ('planned', 'waking', 'starting', 'running', 'ended')),
  -- The machine was switched on for it: it is switched off again, unless somebody came meanwhile.
  woken_at timestamptz,
  -- The guest has confirmed that it runs.
  started_at timestamptz,
  -- Since when its guest does not answer.
  silent_since timestamptz,
  ended_at timestamptz,
  outcome text check (outcome in ('done', 'failed', 'skipped', 'stopped')),
  reason text,
  -- [{"name":…,"outcome":…,"exitCode":…,"seconds":…,"detail":…}]
  items jsonb not null default '[]',
  created_at timestamptz not null default now(),
  check ((phase = 'ended') = (ended_at is not null) and (ended_at is null) = (outcome is null)),
  check (window_from is not null or asked_by is not null)
);
-- One at a time, and one in each window, however many servers look.
create unique index machine_maintenance_open on machine_maintenance (machine_id) where ended_at is null;
create unique index machine_maintenance_once on machine_maintenance (machine_id, window_from);
create index machine_maintenance_due on machine_maintenance (due_at) where ended_at is null;
create index machine_maintenance_busy on machine_maintenance (host_id)
  where phase in ('waking', 'starting', 'running');
create index on machine_maintenance (pool_id, window_from);
