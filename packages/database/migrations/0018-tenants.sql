-- Tenants and roles: who belongs where, and what each may.

-- A person has any number of roles; everybody is a person. Groups have none.
alter table principal
  add column roles text[] not null default '{}'
    check (roles <@ array['helpdesk', 'poolManager', 'administrator', 'operator', 'auditor']),
  add constraint principal_roles_of_people check (kind = 'person' or roles = '{}');
-- Who administered everything runs the installation, and administers their tenant.
update principal set roles = array['administrator', 'operator'] where role = 'administrator';
alter table principal drop column role;
-- Few have any; whether somebody operates this installation is asked without reading all people.
create index principal_roles on principal (tenant_id) where roles <> '{}';

-- Nobody of a suspended tenant signs in or opens anything; what it has stays.
alter table tenant
  add column suspended_at timestamptz,
  add column suspended_reason text check (length(suspended_reason) between 1 and 500),
  add constraint tenant_suspended check (suspended_reason is null or suspended_at is not null);
alter table tenant drop constraint tenant_name_key;
create unique index tenant_name on tenant (lower(name));

-- An image is a tenant's, or (null) the installation's, which all may use. What people brought along was of those who were
-- there.
alter table image add column tenant_id uuid references tenant (id);
update image set tenant_id = (select id from tenant order by created_at limit 1) where recipe is null;
alter table image drop constraint image_name_key;
create unique index image_name on image (tenant_id, name) nulls not distinct;

-- What a tenant has is asked for by it.
create index on machine (tenant_id);
create index session_of_tenant on session (tenant_id, created_at) where ended_at is null;
create index on audit_event (tenant_id, id);
