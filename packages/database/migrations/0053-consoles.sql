-- The console of a machine that nobody works on is opened by who may see its screen.
alter table ticket
  add column machine_id uuid references machine (id) on delete cascade,
  drop constraint ticket_of_one,
  add constraint ticket_of_one check (num_nonnulls(session_id, draft_id, machine_id) = 1);
create index ticket_of_machine on ticket (machine_id, used_at) where machine_id is not null;

-- Who looks at a machine's console hears that somebody got it.
create function announce_taken() returns trigger language plpgsql as $$
begin
  perform pg_notify('orangery_change', 'machine:' || new.machine_id);
  return null;
end $$;
create trigger announce_taken_new after insert on session for each row when (new.machine_id is not null)
  execute function announce_taken();
create trigger announce_taken after update of machine_id on session for each row
  when (new.machine_id is not null and old.machine_id is distinct from new.machine_id)
  execute function announce_taken();
