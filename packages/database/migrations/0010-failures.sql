-- Machines that failed are taken away and replaced; what was found of each stays to be looked at.

create table machine_failure (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references tenant (id),
  pool_id uuid not null references pool (id) on delete cascade,
  host_id uuid references host (id) on delete set null,
  image_version_id uuid references image_version (id) on delete set null,
  machine_id uuid not null,
  -- As it was called.
  machine text not null,
  -- false: it never came so far that somebody could use it.
  was_ready boolean not null,
  reason text not null,
  -- What its screen showed at the end, as PNG; null where it showed nothing.
  picture bytea check (octet_length(picture) <= 4194304),
  at timestamptz not null default now()
);
create index on machine_failure (pool_id, at);

-- When a machine of it last became ready: failures from before count no more.
alter table pool add column healthy_at timestamptz;
