-- Who helps somebody asks before they see their screen. Of each helper and session there is one request; asked again, it is
-- begun anew.
create table look (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references tenant,
  session_id uuid not null references session on delete cascade,
  -- Whose session it is.
  person_id uuid not null references principal on delete cascade,
  asker_id uuid not null references principal on delete cascade,
  asked_at timestamptz not null default now(),
  -- Null: not answered yet.
  allowed boolean,
  -- So long it waits for an answer, or holds.
  until timestamptz not null,
  unique (session_id, asker_id)
);
create index look_person on look (person_id);
create index look_asker on look (asker_id);

create function live_look() returns trigger language plpgsql as $$
declare
  it look := coalesce(new, old);
begin
  perform tell_live('look', it.tenant_id, it.person_id), tell_live('look', it.tenant_id, it.asker_id);
  return null;
end $$;
create trigger live after insert or update or delete on look for each row execute function live_look();
