-- What machines are plugged into, what a host's kernel shares between them, and what is stored once.

alter table pool
  add column network_kind text not null default 'nat'
    check (network_kind in ('nat', 'routed', 'isolated', 'bridge')),
  add column network_subnet text,
  add column network_bridge text check (network_bridge ~ '^[A-Za-z0-9_.-]{1,15}$'),
  add column network_open_vswitch boolean not null default false,
  add column network_vlan integer check (network_vlan between 1 and 4094),
  add column network_ipv6 boolean not null default false,
  add column network_neighbours boolean not null default false,
  add constraint pool_network check (
    case network_kind
      when 'bridge' then network_bridge is not null and network_subnet is null
      when 'routed' then network_bridge is null and network_subnet is not null
      else network_bridge is null
    end
  );

-- The networks that a host has for pools; several pools may share one.
create table host_network (
  host_id uuid not null references host (id) on delete cascade,
  pool_id uuid not null references pool (id) on delete cascade,
  name text not null,
  phase text not null check (phase in ('ready', 'failed')),
  reason text,
  bridge text,
  subnet text,
  room integer,
  seen_at timestamptz not null default now(),
  primary key (host_id, pool_id)
);
create index on host_network (pool_id);

-- Hosts make a pool's network before its first machine wants it.
create trigger nudge_hosts_new after insert on pool for each statement execute function nudge_all('hosts');
create trigger nudge_hosts after update of network_kind, network_subnet, network_bridge, network_open_vswitch,
  network_vlan, network_ipv6, network_neighbours, desired on pool
  for each statement execute function nudge_all('hosts');

alter table host
  -- Whether the host's kernel keeps equal pages of machines' memory once; null leaves it as it was found.
  add column share_memory boolean;
create trigger nudge_share_memory after update of share_memory on host for each row execute function nudge('hosts');

-- When equal content of a host's volumes is looked for and stored once.
create table storage_dedupe (
  host_id uuid primary key references host (id) on delete cascade,
  enabled boolean not null default false,
  -- Each day between these, in minutes since midnight; it ends where it is when the time is over.
  from_minute integer not null default 60 check (from_minute between 0 and 1439),
  until_minute integer not null default 300 check (until_minute between 0 and 1439),
  time_zone text not null default 'UTC',
  -- Stands still while machines wait longer than this for their disks.
  latency_limit_ms integer not null default 20 check (latency_limit_ms between 1 and 10000),
  -- Asked for by a person: at once, whatever the hour.
  wanted_at timestamptz,
  -- Why it cannot be done here; null: it can, or nobody has looked.
  obstacle text,
  looked_at timestamptz,
  check (from_minute <> until_minute)
);
create trigger nudge after insert or update of enabled, from_minute, until_minute, time_zone, wanted_at
  on storage_dedupe for each statement execute function nudge_all('storage');

create table storage_dedupe_run (
  id uuid primary key default gen_random_uuid(),
  host_id uuid not null references host (id) on delete cascade,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  -- {"step":…,"fraction":0..1,"detail":…} while it runs
  progress jsonb,
  -- Null while it runs. cut: its time was over, or the server ended; what was shared until then stays.
  outcome text check (outcome in ('done', 'cut', 'failed')),
  reason text,
  used_before bigint,
  used_after bigint
);
create index on storage_dedupe_run (host_id, started_at);
create unique index storage_dedupe_run_one on storage_dedupe_run (host_id) where ended_at is null;
