-- What people put first on their page.
create table favourite (
  person_id uuid not null references principal on delete cascade,
  pool_id uuid references pool on delete cascade,
  application_id uuid references application on delete cascade,
  created_at timestamptz not null default now(),
  check (num_nonnulls(pool_id, application_id) = 1),
  unique (person_id, pool_id),
  unique (person_id, application_id)
);
create function live_favourite() returns trigger language plpgsql as $$
declare
  person uuid := coalesce(new.person_id, old.person_id);
begin
  perform tell_live('favourite', (select tenant_id from principal where id = person), person);
  return null;
end $$;
create trigger live after insert or delete on favourite for each row execute function live_favourite();

-- What somebody used last, of many sessions that ended.
create index session_of_person on session (principal_id, created_at);
