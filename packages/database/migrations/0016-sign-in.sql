-- How people prove who they are: second factors, passkeys, keys for programs, and what was guessed wrong.

-- Of the sign-in library; its column names are its own.
alter table auth_user add column "twoFactorEnabled" boolean not null default false;
create table auth_second_factor (
  id text primary key,
  "userId" text not null unique references auth_user (id) on delete cascade,
  -- Both encrypted by a key that comes from the installation's master key.
  secret text not null,
  "backupCodes" text not null,
  -- False until the first code was right.
  verified boolean not null default true,
  "failedVerificationCount" integer not null default 0,
  "lockedUntil" timestamptz
);

-- Codes that were right are right once. They live for a minute and a half.
create table second_factor_used (
  user_id text not null references auth_user (id) on delete cascade,
  code_sha256 bytea not null,
  used_at timestamptz not null default now(),
  primary key (user_id, code_sha256)
);

alter table auth_session
  -- Written at most every few minutes.
  add column last_used_at timestamptz not null default now(),
  add column last_address text;
-- Whoever looks at a desktop by this sign-in does so no more, at whatever gateway.
create function announce_sign_out() returns trigger language plpgsql as $$
begin
  perform pg_notify('orangery_change', 'signIn:' || old.id);
  return null;
end $$;
create trigger announce after delete on auth_session for each row execute function announce_sign_out();

create table passkey (
  id uuid primary key default gen_random_uuid(),
  principal_id uuid not null references principal (id) on delete cascade,
  name text not null check (length(name) between 1 and 100),
  credential_id text not null unique,
  public_key bytea not null,
  -- The name of this Orangery that it was made for: browsers offer it nowhere else.
  rp_id text not null,
  -- Of signatures; one that falls back tells of a copy. Many devices keep it at 0.
  counter bigint not null,
  transports text[] not null default '{}',
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);
create index on passkey (principal_id);

-- Keys by which programs act for a person. Only the digest is kept.
create table api_key (
  id uuid primary key default gen_random_uuid(),
  principal_id uuid not null references principal (id) on delete cascade,
  name text not null check (length(name) between 1 and 100),
  token_sha256 bytea not null unique,
  -- Its first characters, by which its person knows it again.
  hint text not null,
  scope text not null check (scope in ('read', 'all')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  last_used_at timestamptz,
  last_address text
);
create index on api_key (principal_id);

-- Guesses that were wrong, by whom they are counted for (a digest). Old ones count as none.
create table wrong_guess (
  bucket bytea primary key,
  count integer not null,
  since timestamptz not null
);
create index on wrong_guess (since);

-- From where somebody has signed in before, digests of a browser's own cookie and of an address: guesses from elsewhere
-- do not lock these out.
create table known_place (
  user_id text not null references auth_user (id) on delete cascade,
  place bytea not null,
  at timestamptz not null default now(),
  primary key (user_id, place)
);

-- What administrators set, sealed by the installation's master key.
create table setting (
  name text primary key,
  value_sealed bytea not null,
  updated_at timestamptz not null default now()
);

-- Mails that are to be sent. No secret is here: links are made when the mail is.
create table mail (
  id uuid primary key default gen_random_uuid(),
  kind text not null check (kind in ('reset', 'verify', 'changed')),
  -- Perhaps nobody's: whoever asked is not told.
  email text not null,
  -- What has changed of how somebody signs in.
  what text,
  created_at timestamptz not null default now(),
  attempts integer not null default 0,
  retry_at timestamptz,
  reason text
);
create index on mail (email);
create trigger nudge after insert on mail for each row execute function nudge('mails');
