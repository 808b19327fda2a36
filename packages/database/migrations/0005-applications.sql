-- What people do for themselves, and programs that are published on their own.

alter table session
  -- {"device":…,"address":…} of the latest viewer, and since when it is that one's.
  add column viewer jsonb,
  add column viewer_since timestamptz,
  -- Viewers that came before this moment were sent away, and why.
  add column cut_at timestamptz,
  add column cut_reason text check (length(cut_reason) between 1 and 500),
  -- application: its programs fill the window, and it ends with the last of them.
  add column mode text not null default 'desktop' check (mode in ('desktop', 'application'));

alter table machine
  -- gently: its guest is asked to shut down first; hard: it is switched off at once. Null: nobody asked for a restart.
  add column restart text check (restart in ('gently', 'hard')),
  -- What its session was made to look like.
  add column arranged text not null default 'desktop' check (arranged in ('desktop', 'application'));
create trigger nudge_restart after update of restart on machine
  for each row when (new.restart is not null) execute function nudge('machines');

-- A person's hours are summed over their sessions' events.
create index usage_event_subject on usage_event (subject_id, id);

-- What an image version offers, as its guest tells when a template of it is made.
create table image_program (
  image_version_id uuid not null references image_version (id) on delete cascade,
  -- The desktop file's name.
  program text not null check (program ~ '^[A-Za-z0-9][A-Za-z0-9._+-]{0,199}\.desktop$'),
  name text not null check (length(name) between 1 and 200),
  description text not null default '' check (length(description) <= 500),
  -- PNG.
  icon bytea check (length(icon) <= 65536),
  primary key (image_version_id, program)
);

-- A program of a pool's machines as a tile of its own.
create table application (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references tenant (id),
  pool_id uuid not null references pool (id) on delete cascade,
  name text not null check (name ~ '^[a-z0-9][a-z0-9-]{0,30}$'),
  title text not null check (length(title) between 1 and 200),
  description text not null default '' check (length(description) <= 2000),
  program text not null check (program ~ '^[A-Za-z0-9][A-Za-z0-9._+-]{0,199}\.desktop$'),
  icon bytea check (length(icon) <= 65536),
  created_at timestamptz not null default now(),
  unique (tenant_id, name)
);
create index on application (pool_id);

create table application_entitlement (
  id uuid primary key default gen_random_uuid(),
  application_id uuid not null references application (id) on delete cascade,
  principal_id uuid not null references principal (id) on delete cascade,
  created_at timestamptz not null default now(),
  unique (application_id, principal_id)
);
create index on application_entitlement (principal_id);

-- What was opened in a session, each time once; its guest remembers the id, so that nothing starts twice.
create table session_program (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references session (id) on delete cascade,
  application_id uuid references application (id) on delete set null,
  program text not null,
  title text not null,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  -- Why it could not be started.
  reason text
);
create index on session_program (session_id, created_at);
