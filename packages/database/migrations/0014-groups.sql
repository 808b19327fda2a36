-- Groups of people. What a group may use, each of its members may.

alter table principal
  -- local: made and changed here. Anything else names the directory that it is read from, and is changed there.
  add column source text not null default 'local' check (source ~ '^[a-z0-9][a-z0-9-]{0,62}$');
-- Administrators tell groups by their names.
create unique index principal_group_name on principal (tenant_id, lower(name)) where kind = 'group';

-- People only: who is in a group through another one of a directory has a row of their own here.
create table group_member (
  group_id uuid not null references principal (id) on delete cascade,
  person_id uuid not null references principal (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (group_id, person_id)
);
create index on group_member (person_id);

-- What somebody may use is asked by who they are, with each click and each look at the tiles.
create index on entitlement (principal_id);

-- Each person, with every principal whose entitlements hold for them: themselves, and their groups.
create view entitled_principal as
  select id as person_id, id as principal_id from principal where kind = 'person'
  union all
  select person_id, group_id from group_member;

-- Who may use what, and by which entitlement; once for each way. All that asks whether somebody may, asks these.
-- Administrators need none of it.
create view entitled_to_pool as
  select entitled_principal.person_id, entitlement.pool_id, entitlement.principal_id, entitlement.id as entitlement_id
  from entitled_principal join entitlement using (principal_id);

create view entitled_to_application as
  select entitled_principal.person_id, application_entitlement.application_id, application_entitlement.principal_id,
    application_entitlement.id as entitlement_id
  from entitled_principal join application_entitlement using (principal_id);
