-- What somebody who helps has to say to a person, until they have read it. A loop deletes what is old.
create table message (
  id uuid primary key default gen_random_uuid(),
  tenant_id uuid not null references tenant,
  person_id uuid not null references principal on delete cascade,
  sender text not null,
  text text not null check (length(text) between 1 and 1000),
  at timestamptz not null default now(),
  read_at timestamptz
);
create index message_unread on message (person_id, at) where read_at is null;
create index message_at on message (at);

create function live_message() returns trigger language plpgsql as $$
begin
  perform tell_live('message', new.tenant_id, new.person_id);
  return null;
end $$;
create trigger live after insert or update on message for each row execute function live_message();
