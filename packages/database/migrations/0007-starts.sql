-- Starts give way to people who work: how busy a host is, and how many machines may start on it at the same time.

alter table host
  -- {"cpuBusy":0..1,"diskMs":milliseconds a request, or null}; null until it was measured.
  add column load jsonb,
  add column starts_max integer not null default 2 check (starts_max between 2 and 1000),
  add column starts_reason text not null default 'not measured yet';
create index machine_starting on machine (host_id, phase_since) where phase in ('cloning', 'booting');
