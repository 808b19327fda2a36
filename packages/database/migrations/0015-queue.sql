-- Who comes to a queue gets nothing before those who wait there: its first is looked at, once for all who came in one
-- statement. In a pool of machines of people's own nobody waits behind others.
create function nudge_queue() returns trigger language plpgsql as $$
begin
  perform pg_notify('orangery_nudge', 'sessions:' || coalesce(
    (select first.id from session first join pool on pool.id = first.pool_id
      where first.pool_id = new.pool_id and first.ended_at is null and first.machine_id is null
        and pool.kind = 'pooled'
      order by first.created_at, first.id limit 1),
    new.id));
  return null;
end $$;
drop trigger nudge_new on session;
create trigger nudge_new after insert on session
  for each row when (new.machine_id is null) execute function nudge_queue();
create trigger nudge_files after insert on session
  for each row when (new.machine_id is not null and new.profile <> 'none') execute function nudge('sessions');

-- All that a session waits for is told to who waits: nobody has to look twice a second.
create trigger announce_arranged after update of arranged on machine
  for each row when (old.arranged is distinct from new.arranged) execute function announce('machine');
