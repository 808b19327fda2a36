-- What hosts and their machines did, for charts: the last hour fine, the last week coarse. One row holds a host and all machines
-- on it at a moment, as one call to it tells of all of them. Nothing is decided by them: a crash of PostgreSQL may lose them.
create unlogged table host_sample (
  host_id uuid not null references host (id) on delete cascade,
  coarse boolean not null,
  at timestamptz not null,
  -- [share of the processors, bytes of memory in use, ms a disk request, bytes a second: read, written, received, sent]
  host jsonb not null,
  -- {"id of a machine": [processors, bytes of memory, bytes a second: read, written, received, sent, ms of latency or null]}
  machines jsonb not null,
  primary key (host_id, coarse, at)
);

-- Round trip between the viewer of a session and its gateway.
alter table session add column latency_ms integer check (latency_ms >= 0);

-- The history of a machine names who used it and who did something to it.
create index session_of_machine on session (machine_id, created_at) where machine_id is not null;
create index audit_event_of_machine on audit_event (subject_id, id) where subject_kind in ('machine', 'machines');
