-- Answers of requests that carried an idempotency key: whoever lost one asks again, and nothing is done twice.

create table kept_answer (
  -- The person, or the operator at the machine.
  caller text not null,
  tenant_id uuid not null references tenant (id) on delete cascade,
  key text not null check (length(key) between 1 and 200),
  operation text not null,
  -- SHA-256 of what was asked for.
  request_sha256 bytea not null,
  -- Sealed by the installation's master key: an answer may hold a secret that is shown once.
  answer_sealed bytea not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, caller, key)
);
create index kept_answer_age on kept_answer (created_at);
