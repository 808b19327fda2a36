-- What happened to a thing, with its reasons: each phase that it came to. A loop deletes what is old.
create table history (
  id bigint generated always as identity primary key,
  subject_id uuid not null,
  at timestamptz not null default clock_timestamp(),
  phase text not null,
  reason text
);
create index history_of on history (subject_id, id);
create index history_at on history (at);

create function keep_history() returns trigger language plpgsql as $$
begin
  insert into history (subject_id, phase, reason) values (new.id, new.phase, new.reason);
  return null;
end $$;

-- Of what says how far it is: each step is worth a line, each percent is not.
create function keep_progress() returns trigger language plpgsql as $$
begin
  insert into history (subject_id, phase, reason) values (new.id, new.phase, coalesce(new.reason, new.progress ->> 'step'));
  return null;
end $$;

create function keep_rollout() returns trigger language plpgsql as $$
begin
  insert into history (subject_id, phase, reason)
    values (new.id, case when new.phase = 'rolling' then new.wave else new.phase end, new.reason);
  return null;
end $$;

create trigger history_new after insert on machine for each row execute function keep_history();
create trigger history after update on machine for each row when (
  (old.phase, old.reason) is distinct from (new.phase, new.reason)) execute function keep_history();
create trigger history_new after insert on host for each row execute function keep_history();
create trigger history after update on host for each row when (
  (old.phase, old.reason) is distinct from (new.phase, new.reason)) execute function keep_history();
create trigger history_new after insert on image_version for each row execute function keep_progress();
create trigger history after update on image_version for each row when (
  (old.phase, old.reason, old.progress ->> 'step') is distinct from (new.phase, new.reason, new.progress ->> 'step'))
  execute function keep_progress();
create trigger history_new after insert on template for each row execute function keep_progress();
create trigger history after update on template for each row when (
  (old.phase, old.reason, old.progress ->> 'step') is distinct from (new.phase, new.reason, new.progress ->> 'step'))
  execute function keep_progress();
create trigger history_new after insert on rollout for each row execute function keep_rollout();
create trigger history after update on rollout for each row when (
  (old.phase, old.wave, old.reason) is distinct from (new.phase, new.wave, new.reason)) execute function keep_rollout();
create trigger history_new after insert on machine_maintenance for each row execute function keep_history();
create trigger history after update on machine_maintenance for each row when (
  (old.phase, old.reason) is distinct from (new.phase, new.reason)) execute function keep_history();

create index machine_maintenance_ended on machine_maintenance (ended_at) where ended_at is not null;
create index machine_maintenance_of on machine_maintenance (machine_id, created_at);

-- Who wanted it to end.
alter table storage_dedupe_run add column stopped_by text;

-- All that takes long, as one list. Nothing is written down for it: each row says how its own table has it.
-- tenant_id: null is the installation's. again, stop: whether it can be tried again, or ended.
create view task as
  select v.id, 'image'::text as kind, i.tenant_id, i.title || ', version ' || v.version as title,
    case v.source when 'import' then 'Import' when 'installer' then 'Install' when 'refresh' then 'Refresh'
      when 'draft' then 'Publish' else 'Build' end as what,
    case when v.desired = 'absent' then 'stopped' when v.phase = 'ready' then 'done' when v.phase = 'failed' then 'failed'
      when v.phase in ('planned', 'uploading') then 'waiting' else 'running' end as state,
    v.phase as phase, coalesce(v.progress, d.progress) as progress, coalesce(v.reason, d.reason) as reason,
    v.created_at as began_at, v.ready_at as ended_at, i.id as subject_id,
    v.phase = 'failed' and v.desired = 'ready'
      and (v.path is not null or (i.recipe is not null and v.source <> 'import')) as again,
    v.desired = 'ready' and v.phase in ('planned', 'building', 'uploading', 'checking') and not v.current as stop
  from image_version v join image i on i.id = v.image_id left join draft d on d.version_id = v.id
  -- What somebody changes at leisure is no work of ours; what they publish is.
  where v.phase <> 'authoring' or d.desired = 'published'
union all
  select t.id, 'template', i.tenant_id, i.title || ' on ' || h.name, 'Template',
    case when t.phase = 'ready' then 'done' when t.phase = 'failed' then 'failed'
      when t.phase = 'planned' then 'waiting' else 'running' end,
    t.phase, t.progress, t.reason, t.created_at, t.ready_at, i.id,
    t.phase = 'failed', false
  from template t join image_version v on v.id = t.image_version_id join image i on i.id = v.image_id
    join host h on h.id = t.host_id
  where t.desired = 'ready'
union all
  select r.id, 'rollout', p.tenant_id, p.title || ', version ' || v.version, 'Roll-out',
    case r.phase when 'rolling' then 'running' when 'stopped' then 'failed' when 'left' then 'stopped' else 'done' end,
    case when r.phase = 'rolling' then r.wave else r.phase end, null, r.reason, r.begun_at, r.ended_at, p.id,
    r.phase = 'stopped' and p.desired = 'present',
    r.phase = 'rolling' and r.from_version_id is not null and p.desired = 'present'
  from rollout r join pool p on p.id = r.pool_id join image_version v on v.id = r.to_version_id
union all
  select m.id, 'maintenance', m.tenant_id, m.machine, 'Maintenance',
    case when m.phase = 'planned' then 'waiting' when m.ended_at is null then 'running'
      when m.outcome = 'done' then 'done' when m.outcome = 'failed' then 'failed' else 'stopped' end,
    m.phase, null, m.reason, coalesce(m.started_at, m.due_at), m.ended_at, coalesce(m.machine_id, m.pool_id),
    m.outcome = 'failed' and m.machine_id is not null and not exists (
      select from machine_maintenance l where l.machine_id = m.machine_id and l.created_at > m.created_at),
    m.ended_at is null and m.stopped_by is null
  from machine_maintenance m
  -- Of a window that is open each machine waits for its moment: that is its pool's plan, and no task yet.
  where (m.phase <> 'planned' or m.asked_by is not null or m.due_at <= now())
    and (m.ended_at is null or m.ended_at > now() - interval '14 days')
union all
  select r.id, 'dedupe', null, h.name, 'Deduplication',
    case when r.ended_at is null then 'running' when r.outcome = 'done' then 'done'
      when r.outcome = 'failed' then 'failed' else 'stopped' end,
    coalesce(r.outcome, 'running'), r.progress, r.reason, r.started_at, r.ended_at, h.id,
    r.ended_at is not null and r.outcome <> 'done' and not exists (
      select from storage_dedupe_run l where l.host_id = r.host_id and l.started_at > r.started_at),
    r.ended_at is null and r.stopped_by is null
  from storage_dedupe_run r join host h on h.id = r.host_id;
