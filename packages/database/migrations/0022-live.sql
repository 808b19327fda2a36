-- Pages follow changes. A notice tells of which kind of thing something changed, of which tenant it is (none: the
-- installation's) and of which person (none: everybody's of the tenant), and nothing more; equal notices of one transaction
-- are one. What is written at every turn and shown on no page (when something was last seen) is told of to nobody.

create function tell_live(what text, tenant_id uuid, principal_id uuid) returns void language sql as $$
  select pg_notify('orangery_live', what || ':' || coalesce(tenant_id::text, '') || ':' || coalesce(principal_id::text, ''))
$$;

-- Of the installation.
create function live() returns trigger language plpgsql as $$
begin
  perform tell_live(tg_argv[0], null, null);
  return null;
end $$;

-- Of a tenant.
create function live_of_tenant() returns trigger language plpgsql as $$
begin
  perform tell_live(tg_argv[0], coalesce(new.tenant_id, old.tenant_id), null);
  return null;
end $$;

create function live_tenant() returns trigger language plpgsql as $$
begin
  perform tell_live('tenant', coalesce(new.id, old.id), null);
  return null;
end $$;

create function live_session() returns trigger language plpgsql as $$
begin
  perform tell_live('session', new.tenant_id, new.principal_id);
  return null;
end $$;

-- Of whoever owns it or uses it now; of nobody who waits for any.
create function live_machine() returns trigger language plpgsql as $$
declare
  it machine := coalesce(new, old);
  person uuid := coalesce(it.principal_id,
    (select principal_id from session where machine_id = it.id and ended_at is null));
begin
  perform tell_live(case when person is null then 'free_machine' else 'machine' end, it.tenant_id, person);
  return null;
end $$;

create function live_principal() returns trigger language plpgsql as $$
begin
  perform tell_live('principal', coalesce(new.tenant_id, old.tenant_id), coalesce(new.id, old.id));
  return null;
end $$;

create function live_member() returns trigger language plpgsql as $$
declare
  person uuid := coalesce(new.person_id, old.person_id);
begin
  perform tell_live('group_member', (select tenant_id from principal where id = person), person);
  return null;
end $$;

-- What a group is given is its members'; who they are is not asked.
create function live_given() returns trigger language plpgsql as $$
declare
  whose principal;
begin
  select * into whose from principal where id = coalesce(new.principal_id, old.principal_id);
  if found then
    perform tell_live(tg_argv[0], whose.tenant_id, case when whose.kind = 'person' then whose.id end);
  end if;
  return null;
end $$;

create function live_of_pool() returns trigger language plpgsql as $$
begin
  perform tell_live(tg_argv[0], (select tenant_id from pool where id = coalesce(new.pool_id, old.pool_id)), null);
  return null;
end $$;

create function live_of_image() returns trigger language plpgsql as $$
begin
  perform tell_live(tg_argv[0], (select tenant_id from image where id = coalesce(new.image_id, old.image_id)), null);
  return null;
end $$;

create function live_sign_in() returns trigger language plpgsql as $$
declare
  whose principal;
begin
  select * into whose from principal where auth_user_id = coalesce(new."userId", old."userId");
  if found then
    perform tell_live('sign_in', whose.tenant_id, whose.id);
  end if;
  return null;
end $$;

create trigger live_new after insert on session for each row execute function live_session();
create trigger live after update on session for each row when (
  (old.phase, old.reason, old.machine_id, old.profile, old.viewer, old.mode, old.ended_at)
    is distinct from (new.phase, new.reason, new.machine_id, new.profile, new.viewer, new.mode, new.ended_at))
  execute function live_session();

create trigger live_new after insert or delete on machine for each row execute function live_machine();
create trigger live after update on machine for each row when (
  (old.phase, old.reason, old.power, old.desired, old.principal_id, old.painted_at, old.taken_at, old.restart)
    is distinct from (new.phase, new.reason, new.power, new.desired, new.principal_id, new.painted_at, new.taken_at, new.restart))
  execute function live_machine();

create trigger live after insert or update or delete on pool
  for each row execute function live_of_tenant('pool');
create trigger live after insert or update or delete on application
  for each row execute function live_of_tenant('application');
create trigger live after insert or update or delete on quota
  for each row execute function live_of_tenant('quota');
create trigger live after insert or update or delete on image
  for each row execute function live_of_tenant('image');
create trigger live after insert or update or delete on directory
  for each row execute function live_of_tenant('directory');
create trigger live after insert on machine_failure
  for each row execute function live_of_tenant('machine_failure');
create trigger live after insert or update or delete on machine_maintenance
  for each row execute function live_of_tenant('machine_maintenance');
create trigger live after insert on audit_event
  for each row execute function live_of_tenant('audit_event');
create trigger live after insert or update or delete on tenant for each row execute function live_tenant();

create trigger live_new after insert or delete on principal for each row execute function live_principal();
create trigger live after update on principal for each row when (
  (old.name, old.roles, old.ended_at, old.cost_centre) is distinct from (new.name, new.roles, new.ended_at, new.cost_centre))
  execute function live_principal();
create trigger live after insert or delete on group_member for each row execute function live_member();
create trigger live after insert or delete on entitlement for each row execute function live_given('entitlement');
create trigger live after insert or delete on application_entitlement
  for each row execute function live_given('application_entitlement');
create trigger live after insert or delete on auth_session for each row execute function live_sign_in();

create trigger live after insert or update or delete on rollout for each row execute function live_of_pool('rollout');
create trigger live after insert or update or delete on pool_schedule
  for each row execute function live_of_pool('pool_schedule');

-- How far something is, is told to who watches it, not to all who wait for what becomes of it.
create trigger live_new after insert or delete on image_version
  for each row execute function live_of_image('image_version');
create trigger live after update on image_version for each row when (
  (old.phase, old.current, old.desired) is distinct from (new.phase, new.current, new.desired))
  execute function live_of_image('image_version');
create trigger live_progress after update on image_version for each row when (
  (old.progress, old.reason, old.notes) is distinct from (new.progress, new.reason, new.notes))
  execute function live_of_image('image');
create trigger live_new after insert or delete on template for each row execute function live('template');
create trigger live after update on template for each row when (
  (old.phase, old.desired) is distinct from (new.phase, new.desired))
  execute function live('template');
create trigger live_progress after update on template for each row when (
  (old.progress, old.reason) is distinct from (new.progress, new.reason))
  execute function live('template_progress');
create trigger live after insert or update or delete on draft for each row execute function live('draft');

create trigger live_new after insert or delete on host for each row execute function live('host');
create trigger live after update on host for each row when (
  (old.name, old.address, old.phase, old.reason, old.facts, old.storage, old.network, old.load, old.starts_max,
    old.starts_reason, old.share_memory)
    is distinct from (new.name, new.address, new.phase, new.reason, new.facts, new.storage, new.network, new.load,
    new.starts_max, new.starts_reason, new.share_memory))
  execute function live('host');
create trigger live_new after insert or delete on host_network for each row execute function live('host');
create trigger live after update on host_network for each row when (
  (old.phase, old.reason, old.subnet, old.bridge) is distinct from (new.phase, new.reason, new.subnet, new.bridge))
  execute function live('host');
create trigger live after insert or update or delete on storage_dedupe_run
  for each row execute function live('storage');
create trigger live_new after insert or delete on storage_dedupe for each row execute function live('storage');
create trigger live after update on storage_dedupe for each row when (
  (old.enabled, old.from_minute, old.until_minute, old.time_zone, old.latency_limit_ms, old.wanted_at, old.obstacle)
    is distinct from (new.enabled, new.from_minute, new.until_minute, new.time_zone, new.latency_limit_ms, new.wanted_at,
    new.obstacle))
  execute function live('storage');
create trigger live after insert or delete on quarantine for each row execute function live('quarantine');
create trigger live after insert or update or delete on loop_status for each row execute function live('loop_status');
create trigger live after insert or update or delete on setting for each row execute function live('setting');
create trigger live after update on installation for each row execute function live('installation');
