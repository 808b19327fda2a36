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

-- Who may use what, by which principal's entitlement: their own, or that of a group they are in; once for each way. All
-- that asks whether somebody may, asks these. (A group stands here as itself, too: nobody asks in its name, and leaving it
-- out would cost each click a look at who is a person.) Administrators need none of it.
create view entitled_to_pool as
  select principal_id as person_id, pool_id, principal_id, id as entitlement_id from entitlement
  union all
  select group_member.person_id, entitlement.pool_id, entitlement.principal_id, entitlement.id
  from group_member join entitlement on entitlement.principal_id = group_member.group_id;

create view entitled_to_application as
  select principal_id as person_id, application_id, principal_id, id as entitlement_id from application_entitlement
  union all
  select group_member.person_id, given.application_id, given.principal_id, given.id
  from group_member join application_entitlement given on given.principal_id = group_member.group_id;
