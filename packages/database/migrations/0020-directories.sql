-- Directories: where people and groups come from that are not made here.

create table directory (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references tenant (id),
  -- The source of its people and groups.
  name text not null unique check (name ~ '^[a-z0-9][a-z0-9-]{0,62}$' and name <> 'local'),
  kind text not null check (kind in ('ldap', 'activeDirectory', 'openIdConnect')),
  title text not null check (length(title) between 1 and 100),
  enabled boolean not null default true,
  settings jsonb not null,
  -- Of the account by which it is asked, sealed by the installation's master key.
  secret_sealed bytea,
  created_at timestamptz not null default now()
);
create trigger nudge after insert or update on directory for each row execute function nudge('directories');

alter table principal
  -- What the directory calls it for ever. A directory that comes back under its name finds its people by it.
  add column external_id text check (length(external_id) between 1 and 500),
  add column external_name text,
  -- The directory has disabled or lost them: they are nobody until they sign in by it again.
  add column ended_at timestamptz,
  add column looked_at timestamptz,
  add check (source <> 'local' or (external_id is null and ended_at is null));
create unique index principal_external on principal (source, external_id) where external_id is not null;
