-- What the last weeks showed: how many people came at which minutes.

alter table pool
  -- More machines are kept ready where people came in the weeks before.
  add column learns boolean not null default true,
  -- Where its people live: at which hour of which day they come.
  add column time_zone text not null default 'UTC';
create index session_arrivals on session (pool_id, created_at);
