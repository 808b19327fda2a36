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
