-- Images that people change, bring along and keep fresh; a new version reaches a pool in waves.

alter table image
  -- Null: no recipe makes it; its versions come from people.
  alter column recipe drop not null,
  -- {"every":"off"|"daily"|"weekly","weekday":1..7,"atMinute":…,"timeZone":…,"jitterMinutes":…}
  add column refresh jsonb not null default '{"every": "off"}',
  add column refresh_at timestamptz,
  -- What came of the last refresh, in words.
  add column refreshed_at timestamptz,
  add column refresh_result text;

alter table image_version
  drop constraint image_version_phase_check,
  add constraint image_version_phase_check check (
    phase in ('planned', 'building', 'uploading', 'checking', 'authoring', 'testing', 'ready', 'failed')),
  -- Null: not of a recipe as it stands in its folder.
  alter column recipe_hash drop not null,
  add column source text not null default 'recipe'
    check (source in ('recipe', 'refresh', 'draft', 'import', 'installer')),
  -- What it was made from, as long as that is there.
  add column base_version_id uuid references image_version (id) on delete set null,
  -- {"NAME":{"version":…,"security":true|false}} where the builder knows.
  add column packages jsonb;

alter table pool
  -- What its new sessions get: the version wanted from the time its roll-out is done.
  add column serves_version_id uuid references image_version (id) on delete set null;
update pool set serves_version_id = coalesce(image_version_id, (
  select v.id from image_version v where v.image_id = pool.image_id and v.current));

-- How a version comes to a pool. Only the newest of a pool may be open.
create table rollout (
  id uuid primary key default gen_random_uuid(),
  pool_id uuid not null references pool (id) on delete cascade,
  from_version_id uuid references image_version (id) on delete set null,
  to_version_id uuid not null references image_version (id) on delete cascade,
  -- stopped: by itself, with the reason. left: another version was wanted before it was done.
  phase text not null default 'rolling' check (phase in ('rolling', 'stopped', 'done', 'left')),
  wave text not null default 'canary' check (wave in ('canary', 'quarter', 'all')),
  reason text,
  -- Failures count from here: of the beginning, or of another try.
  begun_at timestamptz not null default now(),
  -- When a machine of the new version was last seen to have become ready.
  proven_at timestamptz,
  ended_at timestamptz
);
create unique index rollout_one_open on rollout (pool_id) where phase in ('rolling', 'stopped');
create index on rollout (pool_id, begun_at);
create trigger nudge_rollout after update of phase on rollout for each statement execute function nudge_all('pools');
-- A machine that became ready, or failed, is what its pool's roll-out waits for.
create function nudge_pool() returns trigger language plpgsql as $$
begin
  perform pg_notify('orangery_nudge', 'pools:' || new.pool_id);
  return null;
end $$;
create trigger nudge_pool after update of phase on machine
  for each row when (old.phase is distinct from new.phase and new.phase in ('ready', 'failed'))
  execute function nudge_pool();

-- What somebody brings along, while it is on its way: {"fileName":…,"bytes":…,"sha256":…|null,"kind":"disk"|"iso"}.
alter table image_version add column upload jsonb;

-- A version that somebody changes in a machine of its own, which belongs to no pool. The machine's id is the version's.
create table draft (
  version_id uuid primary key references image_version (id) on delete cascade,
  host_id uuid not null references host (id),
  cpus integer not null check (cpus between 1 and 256),
  memory_mib integer not null check (memory_mib between 128 and 4194304),
  mac_address text not null unique,
  -- Begun from an installer: an empty disk of this size, with the uploaded medium in its drive.
  disk_gib integer check (disk_gib between 1 and 2048),
  desired text not null default 'open' check (desired in ('open', 'published', 'discarded')),
  phase text not null default 'planned' check (
    phase in ('planned', 'copying', 'starting', 'open', 'sealing', 'stopping', 'off', 'publishing')),
  -- From here on its disk is what the version will be; nobody writes to it any more.
  sealed_at timestamptz,
  progress jsonb,
  reason text,
  attempts integer not null default 0,
  retry_at timestamptz,
  created_at timestamptz not null default now(),
  phase_since timestamptz not null default now()
);
create index on draft (host_id);
create function nudge_draft() returns trigger language plpgsql as $$
begin
  perform pg_notify('orangery_nudge', 'drafts:' || new.version_id);
  -- Whoever looks at it is told of its end the way a session's viewer is.
  perform pg_notify('orangery_change', 'session:' || new.version_id);
  return null;
end $$;
create trigger nudge after insert or update of desired, phase on draft
  for each row execute function nudge_draft();

alter table ticket
  alter column session_id drop not null,
  add column draft_id uuid references draft (version_id) on delete cascade,
  add constraint ticket_of_one check (num_nonnulls(session_id, draft_id) = 1);
create index on ticket (draft_id) where draft_id is not null;
