-- Equal content of a host's volumes lies once, and equal memory of its machines, where that is asked for.

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
