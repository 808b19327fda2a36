-- The first tables: installation, tenants and people, hosts, images, templates, pools, machines, sessions, and what
-- is only ever appended to. Rows say what is wanted; loops make it true. Times are UTC, sizes in the unit of their name.

create table installation (
  singleton boolean primary key default true check (singleton),
  id uuid not null default gen_random_uuid(),
  -- Counts how often this database was put back from a copy. What bears a higher one was made in a future we lost.
  generation integer not null default 1 check (generation >= 1),
  -- stopped: no machine of ours runs. purged: nothing of ours is left on any host.
  desired text not null default 'running' check (desired in ('running', 'stopped', 'purged')),
  created_at timestamptz not null default now()
);
insert into installation default values;

create table tenant (
  id uuid primary key default gen_random_uuid(),
  name text not null unique check (length(name) between 1 and 100),
  created_at timestamptz not null default now()
);

-- Tables of the sign-in library (better-auth); its column names are its own.
create table auth_user (
  id text primary key,
  name text not null,
  email text not null unique,
  "emailVerified" boolean not null default false,
  image text,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null default now()
);
create table auth_session (
  id text primary key,
  "userId" text not null references auth_user (id) on delete cascade,
  token text not null unique,
  "expiresAt" timestamptz not null,
  "ipAddress" text,
  "userAgent" text,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null default now()
);
create index on auth_session ("userId");
create table auth_account (
  id text primary key,
  "userId" text not null references auth_user (id) on delete cascade,
  "accountId" text not null,
  "providerId" text not null,
  "accessToken" text,
  "refreshToken" text,
  "accessTokenExpiresAt" timestamptz,
  "refreshTokenExpiresAt" timestamptz,
  scope text,
  "idToken" text,
  password text,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null default now()
);
create index on auth_account ("userId");
create table auth_verification (
  id text primary key,
  identifier text not null,
  value text not null,
  "expiresAt" timestamptz not null,
  "createdAt" timestamptz not null default now(),
  "updatedAt" timestamptz not null default now()
);
create index on auth_verification (identifier);

-- Who acts: a person or a group.
create table principal (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references tenant (id),
  kind text not null check (kind in ('person', 'group')),
  name text not null check (length(name) between 1 and 200),
  role text not null default 'person' check (role in ('person', 'administrator')),
  cost_centre text,
  auth_user_id text unique references auth_user (id) on delete set null,
  created_at timestamptz not null default now()
);
create index on principal (tenant_id);

-- One-time links that make the first administrator. Only the digest is kept.
create table setup_link (
  token_sha256 bytea primary key,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);

create table host (
  id uuid primary key default gen_random_uuid(),
  name text not null unique check (name ~ '^[a-z0-9][a-z0-9.-]{0,62}$'),
  -- {"kind":"local"} or {"kind":"ssh","host":…,"port":…,"user":…,"hostKeySha256":…}
  address jsonb not null,
  -- The private key for SSH, sealed by the installation's master key.
  key_sealed bytea,
  storage_path text not null,
  phase text not null default 'new' check (phase in ('new', 'ready', 'unreachable', 'unusable', 'stopped')),
  reason text,
  facts jsonb,
  storage jsonb,
  network text,
  created_at timestamptz not null default now(),
  seen_at timestamptz
);

create table image (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  title text not null,
  description text not null default '',
  -- Which recipe of images/ makes it.
  recipe text not null,
  created_at timestamptz not null default now()
);

-- Immutable once ready; exactly one of an image is current.
create table image_version (
  id uuid primary key default gen_random_uuid(),
  image_id uuid not null references image (id),
  version integer not null check (version >= 1),
  recipe_hash text not null,
  phase text not null default 'planned' check (phase in ('planned', 'building', 'ready', 'failed')),
  -- {"step":…,"fraction":0..1,"detail":…} while it is being built
  progress jsonb,
  reason text,
  attempts integer not null default 0,
  retry_at timestamptz,
  path text,
  virtual_bytes bigint,
  file_bytes bigint,
  current boolean not null default false,
  created_at timestamptz not null default now(),
  ready_at timestamptz,
  unique (image_id, version),
  unique (image_id, recipe_hash)
);
create unique index image_version_one_current on image_version (image_id) where current;

-- An image version booted once on a host of a class, brought to rest and saved with its memory.
create table template (
  id uuid primary key default gen_random_uuid(),
  image_version_id uuid not null references image_version (id),
  host_id uuid not null references host (id),
  host_class text not null,
  cpus integer not null,
  memory_mib integer not null,
  desired text not null default 'ready' check (desired in ('ready', 'absent')),
  phase text not null default 'planned'
    check (phase in ('planned', 'copying', 'booting', 'saving', 'ready', 'failed', 'deleting')),
  progress jsonb,
  reason text,
  attempts integer not null default 0,
  retry_at timestamptz,
  saved_memory_bytes bigint,
  -- The save file's beginning as the template left it; forks overwrite it in the file.
  save_head bytea,
  created_at timestamptz not null default now(),
  phase_since timestamptz not null default now(),
  ready_at timestamptz,
  unique (image_version_id, host_id, host_class, cpus, memory_mib)
);

create table pool (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references tenant (id),
  name text not null,
  title text not null,
  image_id uuid not null references image (id),
  kind text not null check (kind in ('pooled', 'persistent')),
  cpus integer not null check (cpus between 1 and 256),
  memory_mib integer not null check (memory_mib between 128 and 4194304),
  -- Machines kept waiting for the next person.
  ready_count integer not null default 1 check (ready_count between 0 and 10000),
  machines_max integer not null default 10 check (machines_max between 1 and 10000),
  -- A session nobody looks at ends after this long.
  disconnect_timeout_s integer not null default 28800 check (disconnect_timeout_s >= 60),
  created_at timestamptz not null default now(),
  unique (tenant_id, name)
);

create table entitlement (
  id uuid primary key default gen_random_uuid(),
  pool_id uuid not null references pool (id) on delete cascade,
  principal_id uuid not null references principal (id) on delete cascade,
  created_at timestamptz not null default now(),
  unique (pool_id, principal_id)
);

-- `phase` is where the loop is; the hypervisor is asked again at each turn, so a phase is a memory, not the truth.
create table machine (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references tenant (id),
  pool_id uuid not null references pool (id),
  host_id uuid not null references host (id),
  template_id uuid not null references template (id),
  name text not null unique,
  mac_address text not null unique,
  desired text not null default 'running' check (desired in ('running', 'absent')),
  phase text not null default 'planned'
    check (phase in ('planned', 'cloning', 'identifying', 'ready', 'failed', 'deleting')),
  -- The machine runs and its console can be shown.
  painted_at timestamptz,
  -- It has an identity of its own: name, machine-id, keys, time, random seed.
  identified_at timestamptz,
  -- Set with the session that took it, and never unset: a machine serves one session.
  taken_at timestamptz,
  reason text,
  attempts integer not null default 0,
  retry_at timestamptz,
  created_at timestamptz not null default now(),
  phase_since timestamptz not null default now()
);
create index on machine (pool_id);
create index on machine (host_id);

create table session (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references tenant (id),
  pool_id uuid not null references pool (id),
  machine_id uuid references machine (id) on delete set null,
  principal_id uuid not null references principal (id),
  phase text not null default 'waiting' check (phase in ('waiting', 'connected', 'disconnected', 'ended')),
  -- Why this machine, in words for the person and the administrator.
  reason text not null default '',
  created_at timestamptz not null default now(),
  phase_since timestamptz not null default now(),
  connected_at timestamptz,
  ended_at timestamptz,
  end_reason text
);
-- Never two sessions of a pool for one person, never one machine for two persons.
create unique index session_one_of_pool on session (principal_id, pool_id) where ended_at is null;
create unique index session_one_of_machine on session (machine_id) where ended_at is null;

create table ticket (
  token_sha256 bytea primary key,
  session_id uuid not null references session (id) on delete cascade,
  principal_id uuid not null references principal (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);
create index on ticket (expires_at);

-- Found on a host with our mark and without a row: shown, never deleted by itself.
create table quarantine (
  id uuid primary key default gen_random_uuid(),
  host_id uuid not null references host (id),
  kind text not null check (kind in ('machine', 'volume', 'network')),
  name text not null,
  detail jsonb not null default '{}',
  found_at timestamptz not null default now(),
  unique (host_id, kind, name)
);

-- What each loop did last with each of its objects.
create table loop_status (
  loop text not null,
  key text not null,
  outcome text not null check (outcome in ('settled', 'progress', 'waiting', 'failed')),
  detail text not null,
  at timestamptz not null default now(),
  primary key (loop, key)
);

create table usage_event (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  tenant_id uuid not null,
  principal_id uuid,
  cost_centre text,
  kind text not null,
  subject_id uuid not null,
  amount jsonb not null default '{}'
);
create index on usage_event (tenant_id, at);

create table audit_event (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  tenant_id uuid,
  principal_id uuid,
  actor text not null,
  action text not null,
  subject_kind text not null,
  subject_id text not null,
  outcome text not null,
  detail jsonb not null default '{}',
  client text
);
create index on audit_event (at);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
create trigger append_only before update or delete or truncate on usage_event
  for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on audit_event
  for each statement execute function refuse_change();

-- A changed row wakes its loop at once; the loop's period repairs a lost notice.
create function nudge() returns trigger language plpgsql as $$
begin
  perform pg_notify('orangery_nudge', tg_argv[0] || ':' || coalesce(new.id, old.id));
  return null;
end $$;
create trigger nudge after insert or update of desired on machine for each row execute function nudge('machines');
create trigger nudge after insert or update of desired on template for each row execute function nudge('templates');
create trigger nudge after insert on image_version for each row execute function nudge('images');
create trigger nudge after insert on host for each row execute function nudge('hosts');
create trigger nudge after insert or update of ready_count, machines_max on pool
  for each row execute function nudge('pools');
create trigger nudge after insert or update of phase on session for each row execute function nudge('sessions');

-- Whoever waits for a machine or a session hears of a change at once.
create function announce() returns trigger language plpgsql as $$
begin
  perform pg_notify('orangery_change', tg_argv[0] || ':' || new.id);
  return null;
end $$;
create trigger announce after update of phase, painted_at on machine for each row execute function announce('machine');
create trigger announce after update of phase, machine_id on session for each row execute function announce('session');
